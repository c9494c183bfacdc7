target_sources(unit_tests PRIVATE
  base/json_test.cpp
  base/signature_test.cpp
)
