#include "sandbox/routes.hpp"

#include <array>

#include "base/text.hpp"
#include "sandbox/handlers.hpp"

namespace kolega::sandbox {

namespace {

constexpr std::array table{
    Route{"GET", "/api/v1/me", "", get_me},
    Route{"GET", "/api/v1/quotas/balance", "", get_quota_balance},
    Route{"GET", "/api/v1/repositories", "repositories:read", list_repositories},
    Route{"GET", "/api/v1/repositories/{repository_id}", "repositories:read", get_repository},
    Route{"GET", "/api/v1/repositories/{repository_id}/scans", "scans:read", list_scans},
    Route{"POST", "/api/v1/repositories/{repository_id}/scans", "scans:write", create_scan},
    Route{"GET", "/api/v1/repositories/{repository_id}/scans/{scan_id}", "scans:read", get_scan},
    Route{"GET", "/api/v1/repositories/{repository_id}/scans/{scan_id}/progress", "scans:read",
          get_scan_progress},
    Route{"GET", "/api/v1/repositories/{repository_id}/scans/{scan_id}/results", "scans:read",
          get_scan_results},
    Route{"GET", "/api/v1/repositories/{repository_id}/findings", "findings:read", list_findings},
    Route{"GET", "/api/v1/repositories/{repository_id}/findings/{finding_id}", "findings:read", get_finding},
    Route{"PATCH", "/api/v1/repositories/{repository_id}/findings/{finding_id}", "findings:write",
          update_finding_status},
    Route{"GET", "/api/v1/repositories/{repository_id}/fixes", "fixes:read", list_fixes},
    Route{"POST", "/api/v1/repositories/{repository_id}/fixes", "fixes:write", create_fix},
    Route{"GET", "/api/v1/repositories/{repository_id}/fixes/{fix_id}", "fixes:read", get_fix},
    Route{"GET", "/api/v1/repositories/{repository_id}/fixes/{fix_id}/diff", "fixes:read", get_fix_diff},
    Route{"GET", "/api/v1/repositories/{repository_id}/fixes/{fix_id}/progress", "fixes:read",
          get_fix_progress},
    Route{"POST", "/api/v1/repositories/{repository_id}/fixes/{fix_id}/refine", "fixes:write", refine_fix},
    Route{"POST", "/api/v1/repositories/{repository_id}/fixes/{fix_id}/cancel", "fixes:write", cancel_fix},
    Route{"POST", "/api/v1/repositories/{repository_id}/fixes/{fix_id}/pull-requests", "fixes:write",
          create_pull_requests},
    Route{"GET", "/api/v1/finding-events", "findings:read", list_finding_events},
};

/// The values of the braces when the path fits the pattern.
std::optional<std::vector<std::string>> match_pattern(std::string_view pattern,
                                                      const std::vector<std::string>& segments) {
  const auto parts = split(pattern.substr(1), '/');
  if (parts.size() != segments.size()) return std::nullopt;
  std::vector<std::string> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].starts_with('{')) {
      if (parts[i] != segments[i]) return std::nullopt;
    } else if (segments[i].empty() || segments[i].find('/') != std::string::npos) {
      return std::nullopt;  // an escaped slash does not make a longer path, and an empty id is no id
    } else {
      values.push_back(segments[i]);
    }
  }
  return values;
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

std::string describe(const Route& route) {
  return std::string(route.method) + " " + std::string(route.pattern);
}

RouteMatch match_route(std::string_view method, const std::vector<std::string>& segments) {
  RouteMatch match;
  for (const auto& route : table) {
    auto values = match_pattern(route.pattern, segments);
    if (!values) continue;
    match.allowed.emplace_back(route.method);
    if (route.method != method) continue;
    match.route = &route;
    match.path = std::move(*values);
  }
  return match;
}

}  // namespace kolega::sandbox
