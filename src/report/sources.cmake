target_sources(kolega PRIVATE
  report/escape.cpp
  report/formats.cpp
  report/junit.cpp
  report/junit_xml.cpp
  report/markdown.cpp
  report/sarif.cpp
  report/sarif_rules.cpp
  report/table.cpp
  report/view.cpp
)
