target_sources(unit_tests PRIVATE
  report/escape_test.cpp
  report/formats_test.cpp
  report/golden_test.cpp
  support/sample_records.cpp
)
