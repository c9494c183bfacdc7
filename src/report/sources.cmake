# The style sheet and the script of the HTML report become part of the program.
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/html/page.css ${CMAKE_CURRENT_LIST_DIR}/html/page.js)
file(READ ${CMAKE_CURRENT_LIST_DIR}/html/page.css KOLEGA_HTML_STYLE)
file(READ ${CMAKE_CURRENT_LIST_DIR}/html/page.js KOLEGA_HTML_SCRIPT)
configure_file(${CMAKE_CURRENT_LIST_DIR}/html/assets.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/report/html_assets.cpp @ONLY)

target_sources(kolega PRIVATE
  ${CMAKE_CURRENT_BINARY_DIR}/report/html_assets.cpp
  report/annotations.cpp
  report/ci_commands.cpp
  report/codequality.cpp
  report/escape.cpp
  report/explain.cpp
  report/explain_json.cpp
  report/finding_id.cpp
  report/fixes.cpp
  report/formats.cpp
  report/gitlab.cpp
  report/html.cpp
  report/html_findings.cpp
  report/html_parts.cpp
  report/junit.cpp
  report/junit_xml.cpp
  report/markdown.cpp
  report/sarif.cpp
  report/sarif_rules.cpp
  report/table.cpp
  report/view.cpp
  report/wrap.cpp
)
