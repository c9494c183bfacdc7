target_sources(kolega PRIVATE
  ingest/findings_page.cpp
  ingest/path_reader.cpp
  ingest/results.cpp
)
