target_sources(kolega PRIVATE
  ci/detect.cpp
)
