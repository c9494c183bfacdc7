#include "policy/policy.hpp"

#include <doctest/doctest.h>

#include "policy/load.hpp"

using namespace kolega;
using policy::MaxBySeverity;
using policy::parse_policy;

namespace {
std::string digest_of(const std::string& text) {
  return digest(parse_policy(text, "p.yaml"));
}
}  // namespace

TEST_CASE("policy: a severity left out inherits the limit of the next lower one named") {
  MaxBySeverity limits;
  limits.named[index_of(Severity::high)] = 0;
  CHECK(limits.limit_for(Severity::critical) == 0U);
  CHECK(limits.limit_for(Severity::high) == 0U);
  CHECK(limits.limit_for(Severity::medium) == std::nullopt);
  CHECK(limits.limit_for(Severity::info) == std::nullopt);
  limits.named[index_of(Severity::low)] = 10;
  CHECK(limits.limit_for(Severity::medium) == 10U);
  CHECK(limits.limit_for(Severity::critical) == 0U);
  CHECK(limits.limit_for(Severity::info) == std::nullopt);
  CHECK(MaxBySeverity{}.limit_for(Severity::critical) == std::nullopt);
}

TEST_CASE("policy: when finding details are needed") {
  const auto needs = [](const std::string& more) {
    return needs_details(parse_policy("gate: v1\n" + more, "p"));
  };
  CHECK(needs("thresholds: {high: 0}\n"));
  CHECK_FALSE(needs("triage: {honor: []}\nthresholds: {high: 0}\n"));
  CHECK(needs("triage: {honor: []}\nrules: [{id: a, when: {not: {status: [open]}}}]\n"));
}

TEST_CASE("policy: equal policies have equal digests, however and wherever they are written") {
  const auto plain = digest_of("gate: v1\nthresholds: {high: 0, critical: 0}\n");
  CHECK(plain.size() == 64);
  CHECK(
      digest_of("# comment\nrules:\n- max: {critical: 0,   high: 0}\n  id: \"thresholds\"\ngate: \"v1\"\n") ==
      plain);
  CHECK(digest_of("gate: v1\nscan: {timeout: 1800s, types: [secrets, semgrep]}\nthresholds: {critical: 0, "
                  "high: 0}\n") == plain);
  CHECK(digest(parse_policy("gate: v1\nthresholds: {high: 0, critical: 0}\n", "elsewhere")) == plain);
}

TEST_CASE("policy: every setting that can change a verdict changes the digest") {
  const std::string base = "gate: v1\nrules:\n  - id: a\n    ";
  const auto plain = digest_of(base + "max: 0\n");
  for (const auto* other :
       {"max: 1\n", "max: {high: 0}\n", "mode: warn\n", "waivable: false\n", "when: {severity: [high]}\n",
        "when: {cwe: [79]}\n", "why: because\n", "max: 0\nname: n\n", "max: 0\nscan: {timeout: 31m}\n",
        "max: 0\nscan: {types: [semgrep]}\n", "max: 0\nscan: {reuse: 1h}\n", "max: 0\ntriage: {honor: []}\n",
        "max: 0\non_incomplete: {quota: warn}\n", "max: 0\nseverity: {unknown: low}\n",
        "max: 0\nseverity: {aliases: {error: high}}\n", "max: 0\nexclude: [{paths: [x], reason: y}]\n"}) {
    CAPTURE(other);
    CHECK(digest_of(base + other) != plain);
  }
}
