target_sources(kolega PRIVATE
  fleet/formats.cpp
  fleet/html.cpp
  fleet/json.cpp
  fleet/junit.cpp
  fleet/markdown.cpp
  fleet/merge.cpp
  fleet/output_folder.cpp
  fleet/result.cpp
  fleet/sarif_parts.cpp
  fleet/summary.cpp
  fleet/table.cpp
)
