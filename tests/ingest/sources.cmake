target_sources(unit_tests PRIVATE
  ingest/results_test.cpp
)
