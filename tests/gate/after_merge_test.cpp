#include "gate/after_merge.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "policy/differences.hpp"
#include "support/inputs.hpp"

using namespace kolega;
using gate::Outcome;
using test::complete_batch;
using test::InputsBuilder;

namespace {

const std::string strict = "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: serious, max: 0}]\n";
const std::string lax = "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: serious, max: 10}]\n";

/// One finding in merge request 7, judged by `base` with `head` beside it.
InputsBuilder judged(const std::string& base, const std::string& head) {
  InputsBuilder builder(base);
  builder.batch(complete_batch()).finding({.fingerprint = "f"});
  builder.inputs().trusted_policy = true;
  builder.inputs().head_policy = policy::parse_policy(head, "head.yaml");
  builder.inputs().subject.change = "7";
  return builder;
}

std::vector<std::string> changes(const std::string& from, const std::string& to) {
  return policy::describe_changes(policy::parse_policy(from, "a"), policy::parse_policy(to, "b"));
}

}  // namespace

TEST_CASE("trusted policy: the base side decides, and what the head's policy would say is told") {
  const auto record = judged(strict, lax).decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  REQUIRE(record.verdict.after_merge);
  CHECK(record.verdict.after_merge->outcome == Outcome::pass);
  CHECK(record.verdict.after_merge->changes ==
        std::vector<std::string>{"rule serious: max: 0 -> 10", "rule serious is broken, would be kept"});
  CHECK(
      record.verdict.notices.back() ==
      "after merge this would be pass, by the policy of the merge request: rule serious: max: 0 -> 10; rule "
      "serious is broken, would be kept");
  const auto other = judged(lax, strict).decide();
  CHECK(other.verdict.outcome == Outcome::pass);
  CHECK(other.verdict.after_merge->outcome == Outcome::fail);
}

TEST_CASE("trusted policy: equal policies have nothing to tell") {
  const auto record = judged(strict, strict).decide();
  CHECK(record.verdict.after_merge->changes.empty());
  CHECK(record.verdict.notices.empty());
}

TEST_CASE(
    "waivers.from base: waivers of the trusted policy apply in a merge request, those of the head do not") {
  const std::string waiver =
      "waivers: {require: [], list: [{id: W-1, match: {fingerprint: f}, expires: 2026-12-15}]}\n";
  CHECK(judged(strict + waiver, strict).decide().verdict.outcome == Outcome::pass);
  const auto head = judged(strict, strict + waiver).decide();
  CHECK(head.verdict.outcome == Outcome::fail);
  CHECK(head.verdict.after_merge->outcome == Outcome::pass);
  auto alone = judged(strict + waiver, strict);
  alone.inputs().trusted_policy = false;
  alone.inputs().head_policy.reset();
  CHECK(alone.decide().verdict.waivers.at(0).state == gate::WaiverState::withheld);
}

TEST_CASE(
    "trusted policy: a scan type that the head drops no longer counts, one that it adds is said to be "
    "missing") {
  const std::string two =
      "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\nrules: [{id: serious, max: 0}]\n";
  InputsBuilder builder(two);
  builder.batch(complete_batch()).batch(complete_batch(ScanType::secrets_scan, "b-2"));
  builder.finding({.fingerprint = "leak", .batch = 1});
  builder.inputs().trusted_policy = true;
  builder.inputs().head_policy = policy::parse_policy(strict, "head.yaml");
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(record.verdict.after_merge->outcome == Outcome::pass);
  const auto added = judged(strict, two).decide();
  CHECK(added.verdict.after_merge->outcome == Outcome::fail);
  CHECK(gate::describe_after_merge(*added.verdict.after_merge).find("secrets_scan is not part of this run") !=
        std::string::npos);
}

TEST_CASE("trusted policy: the record holds both policies and replays to the same bytes") {
  std::ostringstream first;
  gate::write_record(judged(strict, lax).decide(), first);
  CHECK(first.str().find("\"trusted_policy\": true") != std::string::npos);
  CHECK(first.str().find("\"after_merge\": {") != std::string::npos);
  std::ostringstream second;
  gate::write_record(gate::decide(gate::read_record(first.str(), "r")), second);
  CHECK(second.str() == first.str());
}

TEST_CASE("differences: each change once, in words, and none for what means the same") {
  CHECK(changes(strict,
                "gate: v1\nname: other\nscan: {timeout: 30m, types: semgrep}\nrules:\n  - id: serious\n")
            .empty());
  CHECK(changes(strict,
                "gate: v1\nscan: {types: [semgrep_scan], timeout: 1h}\nrules: [{id: more}]\n"
                "exclude: [{paths: [vendor/**], reason: theirs}]\n") ==
        std::vector<std::string>{"scan.timeout: 30m -> 1h",
                                 "exclude: nothing -> [{paths: [\"vendor/**\"], reason: theirs}]",
                                 "rule serious: removed", "rule more: added"});
  const std::string waivers = "waivers: {require: [], list: [{id: W-1, match: {fingerprint: f}}]}\n";
  CHECK(changes(strict + waivers,
                strict + "waivers: {require: [], list: [{id: W-1, match: {fingerprint: f}, limit: 2}]}\n") ==
        std::vector<std::string>{"waiver W-1: limit: 1 -> 2"});
}
