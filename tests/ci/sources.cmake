target_sources(unit_tests PRIVATE
  ci/detect_test.cpp
)
