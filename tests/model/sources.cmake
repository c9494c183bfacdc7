target_sources(unit_tests PRIVATE
  model/finding_set_test.cpp
  model/hex_digits_test.cpp
  model/repeats_test.cpp
  model/text_pool_test.cpp
  model/change_set_test.cpp
)
