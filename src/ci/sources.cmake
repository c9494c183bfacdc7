target_sources(kolega PRIVATE
  ci/detect.cpp
  ci/github_event.cpp
  ci/other_systems.cpp
)
