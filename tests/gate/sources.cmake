target_sources(unit_tests PRIVATE
  gate/evaluate_test.cpp
  gate/grade_test.cpp
  gate/normalise_test.cpp
  gate/record_test.cpp
)
