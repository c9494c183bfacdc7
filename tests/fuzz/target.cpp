#include "fuzz/target.hpp"

#include <cstdio>
#include <cstdlib>

namespace kolega::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> all{
      {"policy", run_policy, policy_seeds}, {"wire", run_wire, wire_seeds},
      {"sarif", run_sarif, sarif_seeds},    {"diff", run_diff, diff_seeds},
      {"url", run_url, url_seeds},          {"http", run_http, http_seeds},
      {"record", run_record, record_seeds}, {"envelope", run_envelope, envelope_seeds},
      {"import", run_import, import_seeds}, {"proxy", run_proxy, proxy_seeds},
      {"cursor", run_cursor, cursor_seeds}, {"fleet", run_fleet, fleet_seeds},
  };
  return all;
}

const Target* find_target(std::string_view name) {
  for (const auto& target : targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

void require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace kolega::fuzz
