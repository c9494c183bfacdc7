target_sources(e2e_tests PRIVATE
  e2e/fix_test.cpp
  e2e/fleet_test.cpp
  e2e/follow_test.cpp
  e2e/changes_test.cpp
  e2e/fault_boxes_test.cpp
  e2e/fault_bytes_test.cpp
  e2e/fault_network_test.cpp
  e2e/hardening_test.cpp
  e2e/explain_test.cpp
  e2e/comment_test.cpp
  e2e/hostile_policy_test.cpp
  e2e/hostile_world_test.cpp
  e2e/proof_test.cpp
  e2e/resume_test.cpp
  e2e/run_test.cpp
  e2e/sandbox_test.cpp
)
