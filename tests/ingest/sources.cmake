target_sources(unit_tests PRIVATE
  ingest/corpus_test.cpp
  ingest/fingerprints_test.cpp
  ingest/foreign_test.cpp
  ingest/sarif_invocation_test.cpp
  ingest/join_test.cpp
  ingest/line_hash_test.cpp
  ingest/changed_files_test.cpp
  ingest/diff_test.cpp
  ingest/results_test.cpp
)
