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
  for (const auto* other : {"max: 1\n",
                            "max: {high: 0}\n",
                            "mode: warn\n",
                            "waivable: false\n",
                            "when: {severity: [high]}\n",
                            "when: {cwe: [79]}\n",
                            "why: because\n",
                            "max: 0\nname: n\n",
                            "max: 0\nscan: {timeout: 31m}\n",
                            "max: 0\nscan: {types: [semgrep]}\n",
                            "max: 0\nscan: {reuse: 1h}\n",
                            "max: 0\ntriage: {honor: []}\n",
                            "max: 0\non_incomplete: {quota: warn}\n",
                            "max: 0\nseverity: {unknown: low}\n",
                            "max: 0\nseverity: {aliases: {error: high}}\n",
                            "max: 0\nexclude: [{paths: [x], reason: y}]\n",
                            "max: 0\nwaivers: {unused: fail}\n",
                            "max_age: {high: 1d}\n",
                            "mode: warn\n    block_from: 2027-01-01\n",
                            "branches: [main]\n"}) {
    CAPTURE(other);
    CHECK(digest_of(base + other) != plain);
  }
}

TEST_CASE("policy: waivers read back from the canonical form, in the order of their ids") {
  const std::string text =
      "gate: v1\nthresholds: {high: 0}\nwaivers:\n  require: [reason]\n  max_days: 30\n  remind: 7d\n  "
      "unused: fail\n"
      "  from: head\n  list:\n"
      "    - {id: b, match: {fingerprint: '12'}, reason: '3', expires: 2026-12-31}\n"
      "    - {id: a, match: {path: src/a.c, cwe: 79}, reason: x, limit: 7, expires: "
      "2026-12-31T10:00:00+02:00,\n"
      "       owner: o, ticket: t, justification: j}\n";
  const auto once = parse_policy(text, "p");
  REQUIRE(once.waivers);
  CHECK(once.waivers->list.at(0).id == "a");
  CHECK(describe_end(once.waivers->list[0]) == "2026-12-31T08:00:00Z");
  CHECK(describe_end(once.waivers->list[1]) == "2026-12-31");
  const auto written = yaml::write(to_node(once));
  const auto again = parse_policy(written, "again");
  CHECK(yaml::write(to_node(again)) == written);
  CHECK(again.waivers->list[0].until == once.waivers->list[0].until);
  CHECK(again.waivers->list[1].until == once.waivers->list[1].until);
  CHECK(again.waivers->list[1].reason == "3");
  CHECK(again.waivers->from == policy::WaiverSide::head);
}

TEST_CASE("policy: a waiver longer than max_days is an error of the day it is read") {
  const auto policy = parse_policy(
      "gate: v1\nthresholds: {high: 0}\nwaivers: {require: [], list: [{id: W-1, match: {fingerprint: f}, "
      "expires: "
      "2027-03-31}]}\n",
      "p.yaml");
  CHECK(check_terms(policy, *parse_instant("2026-12-31T00:00:00Z")).empty());
  const auto remarks = check_terms(policy, *parse_instant("2026-12-30T23:59:59Z"));
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0].pos.line == 3);
  CHECK(remarks[0].message == "waiver 'W-1' ends on 2027-03-31, more than 90 days from now");
}
