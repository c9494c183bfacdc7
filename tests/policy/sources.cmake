target_sources(unit_tests PRIVATE
  policy/condition_test.cpp
  policy/extends_test.cpp
  policy/import_test.cpp
  policy/load_test.cpp
  policy/lock_test.cpp
  policy/policy_test.cpp
  policy/schema_test.cpp
  policy/wrong_policies_test.cpp
)
