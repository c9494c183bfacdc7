target_sources(unit_tests PRIVATE
  contract/checker_test.cpp
  contract/corpus_contract_test.cpp
  contract/sandbox_contract_test.cpp
)
