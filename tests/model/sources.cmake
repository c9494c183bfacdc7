target_sources(unit_tests PRIVATE
  model/change_set_test.cpp
)
