target_sources(unit_tests PRIVATE
  cli/ci_outputs_test.cpp
  cli/command_completion_test.cpp
  cli/command_evaluate_test.cpp
  cli/command_policy_test.cpp
  cli/connection_test.cpp
  cli/exit_code_test.cpp
  cli/gap_test.cpp
  cli/help_test.cpp
  cli/next_steps_test.cpp
  cli/parse_test.cpp
  cli/printer_test.cpp
  cli/progress_test.cpp
  cli/reports_test.cpp
  cli/text_table_test.cpp
)
