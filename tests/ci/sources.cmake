target_sources(unit_tests PRIVATE
  ci/detect_test.cpp
  ci/other_systems_test.cpp
)
