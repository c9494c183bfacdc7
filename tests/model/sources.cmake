target_sources(unit_tests PRIVATE
  model/text_pool_test.cpp
  model/change_set_test.cpp
)
