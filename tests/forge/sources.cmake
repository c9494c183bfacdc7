target_sources(unit_tests PRIVATE
  forge/comment_test.cpp
  forge/place_test.cpp
)
