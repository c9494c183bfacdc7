target_sources(unit_tests PRIVATE
  sys/git_diff_test.cpp
)
