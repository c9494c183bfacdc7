target_sources(unit_tests PRIVATE
  ingest/corpus_test.cpp
  ingest/foreign_test.cpp
  ingest/join_test.cpp
  ingest/results_test.cpp
)
