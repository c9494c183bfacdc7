# The policies of policies/*.yaml become part of the program; editing one configures and builds again.
file(GLOB kolega_policies CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/policies/*.yaml)
list(SORT kolega_policies)
set(KOLEGA_BUILTIN_ROWS "")
foreach(policy_file IN LISTS kolega_policies)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${policy_file})
  get_filename_component(policy_name ${policy_file} NAME_WE)
  file(READ ${policy_file} policy_text)
  string(APPEND KOLEGA_BUILTIN_ROWS "      builtin(\"${policy_name}\", R\"KOLEGA(${policy_text})KOLEGA\"),\n")
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/builtins.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/policy/builtins.cpp @ONLY)

target_sources(kolega PRIVATE
  ${CMAKE_CURRENT_BINARY_DIR}/policy/builtins.cpp
  policy/baseline.cpp
  policy/bounds.cpp
  policy/condition.cpp
  policy/differences.cpp
  policy/extends.cpp
  policy/import/checkov_baseline.cpp
  policy/import/gitlab.cpp
  policy/import/grype.cpp
  policy/import/import.cpp
  policy/import/osv_scanner.cpp
  policy/import/sketch.cpp
  policy/import/snyk.cpp
  policy/import/trivyignore.cpp
  policy/import/trivyignore_yaml.cpp
  policy/keys.cpp
  policy/lint.cpp
  policy/load.cpp
  policy/lock.cpp
  policy/merge.cpp
  policy/policy.cpp
  policy/policy_rows.cpp
  policy/reader.cpp
  policy/rule.cpp
  policy/schema.cpp
  policy/settings.cpp
  policy/test_case.cpp
  policy/waiver.cpp
)
