target_sources(unit_tests PRIVATE
  ingest/changed_files_test.cpp
  ingest/diff_test.cpp
  ingest/results_test.cpp
)
