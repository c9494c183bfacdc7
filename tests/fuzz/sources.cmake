target_sources(unit_tests PRIVATE
  fuzz/cursor_target.cpp
  fuzz/diff_target.cpp
  fuzz/envelope_target.cpp
  fuzz/fleet_target.cpp
  fuzz/http_target.cpp
  fuzz/import_target.cpp
  fuzz/mutate_test.cpp
  fuzz/policy_target.cpp
  fuzz/proxy_target.cpp
  fuzz/record_target.cpp
  fuzz/sarif_target.cpp
  fuzz/target.cpp
  fuzz/url_target.cpp
  fuzz/wire_target.cpp
)
