target_sources(kolega PRIVATE
  sandbox/batch_view.cpp
  sandbox/config.cpp
  sandbox/default_config.cpp
  sandbox/faults.cpp
  sandbox/feed.cpp
  sandbox/handlers_account.cpp
  sandbox/handlers_findings.cpp
  sandbox/handlers_scans.cpp
  sandbox/http.cpp
  sandbox/jobs.cpp
  sandbox/routes.cpp
  sandbox/sandbox.cpp
  sandbox/scanners.cpp
  sandbox/source_url.cpp
  sandbox/store.cpp
  sandbox/validation.cpp
)
