target_sources(unit_tests PRIVATE
  gate/after_merge_test.cpp
  gate/attestation_test.cpp
  gate/baseline_file_test.cpp
  gate/branches_test.cpp
  gate/bypass_test.cpp
  gate/evaluate_test.cpp
  gate/finding_order_test.cpp
  gate/grade_test.cpp
  gate/normalise_test.cpp
  gate/record_test.cpp
  gate/replay_test.cpp
  gate/scope_changes_test.cpp
  gate/scope_record_test.cpp
  gate/scope_test.cpp
  gate/waivers_test.cpp
)
