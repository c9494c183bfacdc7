// A policy is read or refused with remarks; what is read is written and read again as the same policy.
#include "base/error.hpp"
#include "base/yaml.hpp"
#include "fuzz/target.hpp"
#include "policy/load.hpp"

namespace kolega::fuzz {

void run_policy(std::string_view bytes) {
  const auto loaded = policy::lint(bytes, "policy.yaml");
  require(loaded.policy.has_value() != has_errors(loaded.remarks),
          "a policy, or errors that say why there is none");
  for (const auto& remark : loaded.remarks) {
    require(!render(remark, loaded).empty(), "every remark can be shown");
  }
  if (!loaded.policy) return;
  const auto node = policy::to_node(*loaded.policy);
  const auto text = yaml::write(node);
  const auto again = policy::parse_policy_node(yaml::parse(text, "written.yaml"), "written.yaml");
  require(policy::digest(again) == policy::digest(*loaded.policy),
          "a policy that is shown reads back as itself");
}

std::vector<std::string> policy_seeds() {
  std::vector<std::string> seeds;
  for (const auto& builtin : policy::builtins()) seeds.emplace_back(builtin.text);
  seeds.emplace_back(
      "gate: v1\nscan: {types: [secrets], timeout: 9m, reuse: 1h}\non_incomplete: {quota: warn}\n"
      "severity: {unknown: low, aliases: {moderate: medium}}\ntriage: {honor: []}\n"
      "exclude:\n  - {paths: [\"third_party/**\", \"!third_party/own/**\"], reason: vendored}\n"
      "rules:\n  - {id: a, when: {any: [{cwe: [79]}, {owasp: [A03]}], not: {path: [\"t/**\"]}}, max: {high: "
      "0, low: 9}}\n"
      "  - {id: b, when: {cvss: \">=9.0\", age: \">30d\"}, on_missing: incomplete, max: 2, mode: warn, "
      "block_from: 2027-01-01}\n"
      "  - {id: c, max_age: {critical: 7d, low: 180d}, waivable: false, branches: [main, \"release/*\"]}\n"
      "waivers:\n  require: [owner, reason]\n  max_days: 90\n  unused: warn\n  list:\n"
      "    - {id: W1, match: {fingerprint: 5f0c2a77d1e94b0c}, owner: me, reason: \"it's fine\", expires: "
      "2026-12-15}\n");
  return seeds;
}

}  // namespace kolega::fuzz
