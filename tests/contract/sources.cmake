target_sources(unit_tests PRIVATE
  contract/checker_test.cpp
  contract/corpus_contract_test.cpp
  contract/client_contract_test.cpp
  contract/official_client_test.cpp
  contract/sandbox_contract_test.cpp
)
