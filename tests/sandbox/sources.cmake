target_sources(unit_tests PRIVATE
  sandbox/archive_test.cpp
  sandbox/config_test.cpp
  sandbox/device_login_test.cpp
  sandbox/events_test.cpp
  sandbox/feed_test.cpp
  sandbox/fixes_test.cpp
  sandbox/http_test.cpp
  sandbox/jobs_test.cpp
  sandbox/journey_test.cpp
  sandbox/scripted_test.cpp
)
