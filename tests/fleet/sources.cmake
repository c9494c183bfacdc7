target_sources(unit_tests PRIVATE
  fleet/output_folder_test.cpp
  fleet/result_test.cpp
)
