target_sources(kolega PRIVATE
  report/annotations.cpp
  report/ci_commands.cpp
  report/codequality.cpp
  report/escape.cpp
  report/finding_id.cpp
  report/formats.cpp
  report/gitlab.cpp
  report/junit.cpp
  report/junit_xml.cpp
  report/markdown.cpp
  report/sarif.cpp
  report/sarif_rules.cpp
  report/table.cpp
  report/view.cpp
)
