#include "gate/evaluate.hpp"

#include <doctest/doctest.h>

#include "support/inputs.hpp"

using namespace kolega;
using gate::Outcome;
using gate::RuleState;
using test::complete_batch;
using test::InputsBuilder;

namespace {

const std::string one_rule = "gate: v1\nscan: {types: [semgrep_scan]}\nrules:\n";

/// The outcome's word, so that a failing test prints it.
std::string outcome(const InputsBuilder& builder) {
  return std::string(name_of(builder.decide().verdict.outcome));
}

InputsBuilder with(const std::string& policy) {
  InputsBuilder builder(policy);
  builder.batch(complete_batch());
  return builder;
}

}  // namespace

TEST_CASE("a clean, complete scan passes") {
  CHECK(outcome(with(one_rule + "  - {id: r, max: 0}\n")) == "pass");
}

TEST_CASE("max breaks when the count is above it") {
  auto none = with(one_rule + "  - {id: r, max: 0}\n");
  CHECK(outcome(none.finding({.fingerprint = "f1"})) == "fail");
  auto two = with(one_rule + "  - {id: r, max: 2}\n");
  two.finding({.fingerprint = "f1"}).finding({.fingerprint = "f2"});
  CHECK(outcome(two) == "pass");
  CHECK(outcome(two.finding({.fingerprint = "f3"})) == "fail");
}

TEST_CASE("{high: 0} also forbids critical, and leaves lower ones alone") {
  const std::string policy = one_rule + "  - {id: r, max: {high: 0}}\n";
  auto critical = with(policy);
  CHECK(outcome(critical.finding({.fingerprint = "f", .severity = "critical"})) == "fail");
  auto medium = with(policy);
  CHECK(outcome(medium.finding({.fingerprint = "f", .severity = "medium"})) == "pass");
}

TEST_CASE("modes: only block fails; the cap lowers, never raises") {
  auto warn = with(one_rule + "  - {id: r, max: 0, mode: warn}\n");
  warn.finding({.fingerprint = "f"});
  CHECK(outcome(warn) == "warn");
  warn.inputs().mode_cap = policy::Mode::block;
  CHECK(outcome(warn) == "warn");
  auto observe = with(one_rule + "  - {id: r, max: 0, mode: observe}\n");
  CHECK(outcome(observe.finding({.fingerprint = "f"})) == "pass");
  auto capped = with(one_rule + "  - {id: r, max: 0}\n");
  capped.finding({.fingerprint = "f"});
  capped.inputs().mode_cap = policy::Mode::observe;
  CHECK(outcome(capped) == "pass");
}

TEST_CASE("the mode cap never softens incompleteness") {
  InputsBuilder builder(one_rule + "  - {id: r, max: 0}\n");
  auto batch = complete_batch();
  batch.ending = BatchEnding::timeout;
  builder.batch(batch);
  builder.inputs().mode_cap = policy::Mode::observe;
  CHECK(outcome(builder) == "incomplete");
}

TEST_CASE("a breach is final on partial data; without one partial data proves nothing") {
  auto batch = complete_batch();
  batch.status = batch.results_status = "partial_failure";
  InputsBuilder broken;
  broken.batch(batch).finding({.fingerprint = "f"});
  CHECK(outcome(broken) == "fail");
  InputsBuilder clean;
  clean.batch(batch);
  const auto record = clean.decide();
  CHECK(record.verdict.outcome == Outcome::incomplete);
  CHECK(record.verdict.rules.at(0).state == RuleState::undecided);
  REQUIRE(record.verdict.incomplete.size() == 1);
  CHECK(record.verdict.incomplete[0].cause == Cause::partial);
}

TEST_CASE("on_incomplete softens exactly its own cause") {
  const std::string soft =
      "gate: v1\nscan: {types: [semgrep_scan]}\non_incomplete: {timeout: warn}\nthresholds: {high: 0}\n";
  auto late = complete_batch();
  late.ending = BatchEnding::timeout;
  CHECK(outcome(InputsBuilder(soft).batch(late)) == "allowed_incomplete");
  auto failed = complete_batch();
  failed.ending = BatchEnding::failed;
  CHECK(outcome(InputsBuilder(soft).batch(failed)) == "incomplete");
}

TEST_CASE("authentication and what may not be softened stay incomplete whatever the policy says") {
  auto builder =
      with("gate: v1\nscan: {types: [semgrep_scan]}\non_incomplete: {api: warn}\nthresholds: {high: 0}\n");
  builder.inputs().gaps = {{.cause = Cause::auth, .detail = "401", .softenable = false}};
  CHECK(outcome(builder) == "incomplete");
  builder.inputs().gaps = {{.cause = Cause::api, .detail = "certificate", .softenable = false}};
  CHECK(outcome(builder) == "incomplete");
  builder.inputs().gaps = {{.cause = Cause::api, .detail = "502"}};
  CHECK(outcome(builder) == "allowed_incomplete");
}

TEST_CASE("a scan type without any batch is incomplete, never a pass") {
  InputsBuilder builder("gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\nthresholds: {high: 0}\n");
  builder.batch(complete_batch());
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::incomplete);
  CHECK(record.verdict.incomplete.at(0).detail.find("secrets_scan") != std::string::npos);
  CHECK(outcome(InputsBuilder()) == "incomplete");
}

TEST_CASE("a scan type without results takes the cause of the gap that explains it") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan]}\non_incomplete: {api: warn}\nthresholds: {high: 0}\n");
  builder.inputs().gaps = {{.cause = Cause::api, .detail = "connection refused"}};
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::allowed_incomplete);
  CHECK(record.verdict.incomplete.size() == 1);
  CHECK(record.verdict.rules.at(0).state == RuleState::undecided);
  builder.inputs().gaps[0].scan_type = ScanType::secrets_scan;
  CHECK(outcome(builder) == "incomplete");
}

TEST_CASE("without a policy nothing passes") {
  gate::Inputs inputs;
  CHECK(gate::decide(std::move(inputs)).verdict.outcome == Outcome::incomplete);
}

TEST_CASE("a rule limited to a scan type needs only those batches") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\nrules:\n"
      "  - {id: secrets, when: {scan_type: [secrets_scan]}, max: 0}\n  - {id: all, max: 0}\n");
  auto late = complete_batch(ScanType::semgrep_scan, "b-2");
  late.ending = BatchEnding::timeout;
  builder.batch(complete_batch(ScanType::secrets_scan)).batch(late);
  const auto record = builder.decide();
  CHECK(record.verdict.rules.at(0).state == RuleState::kept);
  CHECK(record.verdict.rules.at(1).state == RuleState::undecided);
  CHECK(record.verdict.outcome == Outcome::incomplete);
}

TEST_CASE("honoured triage takes findings out; resolved and unknown words never do") {
  for (const auto& [status, expected] :
       std::vector<std::pair<std::string, std::string>>{{"false_positive", "pass"},
                                                        {"ignored", "pass"},
                                                        {"open", "fail"},
                                                        {"resolved", "fail"},
                                                        {"needs_manual_review", "fail"},
                                                        {"snoozed", "fail"},
                                                        {"", "fail"}}) {
    CAPTURE(status);
    auto builder = with(one_rule + "  - {id: r, max: 0}\n");
    CHECK(outcome(builder.finding({.fingerprint = "f", .status = status})) == expected);
  }
  auto none = with("gate: v1\nscan: {types: [semgrep_scan]}\ntriage: {honor: []}\nthresholds: {high: 0}\n");
  CHECK(outcome(none.finding({.fingerprint = "f", .status = "false_positive"})) == "fail");
}

TEST_CASE("excluded findings are tallied; waivable: false sees through the exclude") {
  const std::string exclude =
      "gate: v1\nscan: {types: [semgrep_scan]}\nexclude: [{paths: [\"test/**\"], reason: "
      "fixtures}]\nrules:\n";
  auto plain = with(exclude + "  - {id: r, max: 0}\n");
  plain.finding({.fingerprint = "f", .path = "test/a.c"});
  const auto record = plain.decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(record.verdict.tally.by_disposition[static_cast<std::size_t>(gate::Disposition::excluded)] == 1);
  auto strict = with(exclude + "  - {id: r, max: 0, waivable: false}\n");
  CHECK(outcome(strict.finding({.fingerprint = "f", .path = ".\\test\\a.c"})) == "fail");
}

TEST_CASE("one (scan type, fingerprint, path) counts once") {
  auto builder = with(one_rule + "  - {id: r, max: 1}\n");
  builder.finding({.fingerprint = "f"})
      .finding({.fingerprint = "f"})
      .finding({.fingerprint = "f", .path = "./src/a.c"});
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(record.verdict.rules[0].count == 1);
  CHECK(record.verdict.tally.total == 1);
  CHECK(outcome(builder.finding({.fingerprint = "f", .path = "src/b.c"})) == "fail");
}

TEST_CASE("rows of one unit count at every severity they came with") {
  auto builder = with(one_rule + "  - {id: r, max: {critical: 0, medium: 5}}\n");
  builder.finding({.fingerprint = "f", .severity = "medium"})
      .finding({.fingerprint = "f", .severity = "critical"});
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(record.verdict.rules[0].count == 1);
  CHECK(record.verdict.rules[0].by_severity[index_of(Severity::medium)] == 1);
  CHECK(record.verdict.rules[0].by_severity[index_of(Severity::critical)] == 1);
}

TEST_CASE("findings without a fingerprint are never folded into one") {
  auto builder = with(one_rule + "  - {id: r, max: 1}\n");
  CHECK(outcome(builder.finding({}).finding({})) == "fail");
}

TEST_CASE("an unknown severity ranks high unless told otherwise, and is said once a word") {
  auto builder = with(one_rule + "  - {id: r, max: {high: 0}}\n");
  builder.finding({.fingerprint = "f", .severity = "blocker"})
      .finding({.fingerprint = "g", .severity = "blocker"});
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  REQUIRE(record.verdict.notices.size() == 1);
  CHECK(record.verdict.notices[0] == "severity 'blocker' of 2 findings is unknown and ranks as high");
}

TEST_CASE("a rule over the triage status is undecided where the status is not known and could break it") {
  const std::string policy = one_rule + "  - {id: r, when: {status: [open]}, max: 0}\n";
  auto unseen = with(policy);
  unseen.finding({.fingerprint = "f", .status = ""});
  auto record = unseen.decide();
  CHECK(record.verdict.outcome == Outcome::incomplete);
  CHECK(record.verdict.incomplete.at(0).cause == Cause::context);
  CHECK(record.verdict.rules[0].unseen == 1);
  auto negated = with(one_rule + "  - {id: r, when: {not: {status: [resolved]}}, max: 0}\n");
  CHECK(outcome(negated.finding({.fingerprint = "f", .status = ""})) == "incomplete");
  auto roomy = with(one_rule + "  - {id: r, when: {status: [open]}, max: 1}\n");
  CHECK(outcome(roomy.finding({.fingerprint = "f", .status = ""})) == "pass");
  auto either = with(one_rule + "  - {id: r, when: {any: [{status: [open]}, {severity: [high]}]}, max: 0}\n");
  CHECK(outcome(either.finding({.fingerprint = "f", .status = ""})) == "fail");
}

TEST_CASE("details that could not be read leave rules without need of them standing, and are said") {
  auto batch = complete_batch();
  batch.details_read = false;
  batch.details_error = "findings: 503";
  InputsBuilder builder;
  const auto record = builder.batch(batch).decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  REQUIRE(record.verdict.notices.size() == 1);
  CHECK(record.verdict.notices[0].find("no triage was applied: findings: 503") != std::string::npos);
}

TEST_CASE("results that could not be joined are noticed above a tenth") {
  auto builder = with(one_rule + "  - {id: r, max: 100}\n");
  for (int i = 0; i < 9; ++i) builder.finding({.fingerprint = "f" + std::to_string(i)});
  builder.inputs().batches[0].join.unmatched_results = 1;
  CHECK(builder.decide().verdict.notices.size() == 1);
  builder.finding({.fingerprint = "x"});
  CHECK(builder.decide().verdict.notices.empty());
}

TEST_CASE("a gap that concerns every rule leaves none decided") {
  auto builder = with(one_rule + "  - {id: r, max: 0}\n");
  builder.inputs().gaps = {{.cause = Cause::interrupted, .detail = "signal", .softenable = false}};
  const auto record = builder.decide();
  CHECK(record.verdict.rules[0].state == RuleState::undecided);
  CHECK(record.verdict.outcome == Outcome::incomplete);
}
