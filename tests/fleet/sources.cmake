target_sources(unit_tests PRIVATE
  fleet/crew_test.cpp
  fleet/fleet_run_test.cpp
  fleet/golden_test.cpp
  fleet/intents_test.cpp
  fleet/look_plan_test.cpp
  fleet/merge_test.cpp
  fleet/output_folder_test.cpp
  fleet/rate_headers_test.cpp
  fleet/rate_limiter_test.cpp
  fleet/repository_run_test.cpp
  fleet/result_test.cpp
  fleet/sarif_parts_test.cpp
  fleet/scheduler_test.cpp
  fleet/selection_test.cpp
  fleet/summary_test.cpp
)
