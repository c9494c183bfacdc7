target_sources(unit_tests PRIVATE
  property/verdict_test.cpp
)
