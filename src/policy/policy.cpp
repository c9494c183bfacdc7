#include "policy/policy.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "policy/load.hpp"

namespace kolega::policy {

namespace {

template <class T>
std::optional<T> inherited(const std::array<std::optional<T>, 5>& named, Severity severity) {
  for (auto i = index_of(severity) + 1; i-- > 0;) {
    if (named[i]) return named[i];
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> MaxBySeverity::limit_for(Severity severity) const {
  return inherited(named, severity);
}

std::optional<Duration> MaxAge::limit_for(Severity severity) const {
  return inherited(named, severity);
}

bool needs_details(const Rule& rule) {
  return std::holds_alternative<MaxAge>(rule.limit) || needs_details(rule.when);
}

bool needs_details(const Policy& policy) {
  return !policy.honor.empty() || std::any_of(policy.rules.begin(), policy.rules.end(),
                                              [](const Rule& rule) { return needs_details(rule); });
}

std::string digest(const Policy& policy) {
  return sha256_hex(yaml::write(to_node(policy)));
}

}  // namespace kolega::policy
