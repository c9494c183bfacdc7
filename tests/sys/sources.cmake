target_sources(unit_tests PRIVATE
  sys/append_lines_test.cpp
  sys/earlier_files_test.cpp
  sys/files_test.cpp
  sys/git_diff_test.cpp
  sys/git_test.cpp
  sys/journal_test.cpp
  sys/output_set_test.cpp
  sys/process_test.cpp
  sys/secrecy_test.cpp
  sys/signals_test.cpp
  sys/source_tree_test.cpp
  sys/standard_streams_test.cpp
  sys/system_test.cpp
)
