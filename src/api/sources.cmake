target_sources(kolega PRIVATE
  api/batch_entry.cpp
  api/batch_track.cpp
  api/client.cpp
  api/event_follower.cpp
  api/http_error.cpp
  api/obtain.cpp
  api/pages.cpp
  api/poll_plan.cpp
  api/read_batch.cpp
  api/resolve.cpp
  api/run_context.cpp
  api/run_state.cpp
  api/scan_runner.cpp
  api/start_scan.cpp
  api/wire.cpp
)
