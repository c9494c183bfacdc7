target_sources(kolega PRIVATE
  ingest/changed_files.cpp
  ingest/diff.cpp
  ingest/diff_names.cpp
  ingest/diff_section.cpp
  ingest/findings_page.cpp
  ingest/path_reader.cpp
  ingest/results.cpp
)
