target_sources(unit_tests PRIVATE
  contract/checker_test.cpp
  contract/sandbox_contract_test.cpp
)
