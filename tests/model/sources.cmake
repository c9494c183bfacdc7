target_sources(unit_tests PRIVATE
  model/text_pool_test.cpp
)
