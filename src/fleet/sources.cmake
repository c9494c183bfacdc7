target_sources(kolega PRIVATE
  fleet/output_folder.cpp
  fleet/policy_rules.cpp
  fleet/rate_headers.cpp
  fleet/rate_limiter.cpp
  fleet/result.cpp
  fleet/scheduler.cpp
  fleet/selection.cpp
)
