target_sources(unit_tests PRIVATE
  api/client_test.cpp
  api/event_follower_test.cpp
  api/fault_matrix_answers_test.cpp
  api/fault_matrix_http_test.cpp
  api/fault_matrix_lists_test.cpp
  api/fault_matrix_post_test.cpp
  api/history_test.cpp
  api/pages_test.cpp
  api/poll_plan_test.cpp
  api/resolve_test.cpp
  api/run_state_test.cpp
  api/scan_attach_test.cpp
  api/scan_runner_test.cpp
  api/start_scan_test.cpp
)
