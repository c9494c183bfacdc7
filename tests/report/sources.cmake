target_sources(unit_tests PRIVATE
  report/ci_commands_test.cpp
  report/escape_test.cpp
  report/fixes_test.cpp
  report/formats_test.cpp
  report/gitlab_test.cpp
  report/golden_test.cpp
  report/html_test.cpp
  report/junit_test.cpp
  report/markdown_test.cpp
  report/sarif_test.cpp
  report/sink_types_test.cpp
  report/sinks_test.cpp
  report/table_test.cpp
  report/validate_test.cpp
  support/sample_records.cpp
)
