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

bool needs_baseline(const Rule& rule) {
  return rule.scope == Scope::new_findings || std::holds_alternative<Ratchet>(rule.limit);
}

bool needs_baseline(const Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(),
                     [](const Rule& rule) { return needs_baseline(rule); });
}

bool needs_changes(const Rule& rule) {
  return rule.scope == Scope::changed_files || rule.scope == Scope::changed_lines;
}

bool needs_changes(const Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(),
                     [](const Rule& rule) { return needs_changes(rule); });
}

bool needs_details(const Rule& rule) {
  // The line of a finding stands in its details alone.
  return std::holds_alternative<MaxAge>(rule.limit) || rule.scope == Scope::changed_lines ||
         needs_details(rule.when);
}

bool needs_details(const Policy& policy) {
  const bool waivers = policy.waivers && std::any_of(policy.waivers->list.begin(), policy.waivers->list.end(),
                                                     [](const Waiver& w) { return needs_details(w.match); });
  const bool dates = policy.baseline && policy.baseline->from == BaselineSettings::From::detected_before &&
                     needs_baseline(policy);
  return !policy.honor.empty() || waivers || dates ||
         std::any_of(policy.rules.begin(), policy.rules.end(),
                     [](const Rule& rule) { return needs_details(rule); });
}

std::string digest(const Policy& policy) {
  return digest_of(to_node(policy));
}

std::string digest_of(const yaml::Node& document) {
  return sha256_hex(yaml::write(document));
}

}  // namespace kolega::policy
