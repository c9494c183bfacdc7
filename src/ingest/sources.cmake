target_sources(kolega PRIVATE
  ingest/findings_page.cpp
  ingest/fingerprints.cpp
  ingest/foreign.cpp
  ingest/join.cpp
  ingest/path_reader.cpp
  ingest/results.cpp
  ingest/sarif_paths.cpp
  ingest/sarif_places.cpp
  ingest/sarif_reader.cpp
  ingest/sarif_settle.cpp
  ingest/scanners.cpp
  ingest/semgrep.cpp
  ingest/source_url.cpp
  ingest/tags.cpp
  ingest/uri.cpp
)
