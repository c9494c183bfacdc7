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

TEST_CASE("cvss: a finding without a score has the lowest of its severity's band, unless told otherwise") {
  const auto judged = [](const std::string& rule, const test::Row& row) {
    auto builder = with(one_rule + "  - {id: r, " + rule + "}\n");
    return outcome(builder.finding(row));
  };
  const std::string nine = "when: {cvss: \">=9.0\"}";
  CHECK(judged(nine, {.fingerprint = "f", .severity = "low", .cvss = 9.0}) == "fail");
  CHECK(judged(nine, {.fingerprint = "f", .severity = "critical", .cvss = 8.9}) == "pass");
  CHECK(judged(nine, {.fingerprint = "f", .severity = "critical"}) == "fail");
  CHECK(judged(nine, {.fingerprint = "f", .severity = "high"}) == "pass");
  for (const auto& [severity, score] : std::vector<std::pair<std::string, std::string>>{
           {"critical", "9.0"}, {"high", "7.0"}, {"medium", "4.0"}, {"low", "0.1"}}) {
    CAPTURE(severity);
    CHECK(judged("when: {cvss: \">=" + score + "\"}", {.fingerprint = "f", .severity = severity}) == "fail");
    CHECK(judged("when: {cvss: \">" + score + "\"}", {.fingerprint = "f", .severity = severity}) == "pass");
  }
  const test::Row high{.fingerprint = "f", .severity = "high"};
  CHECK(judged(nine + ", on_missing: match", high) == "fail");
  CHECK(judged(nine + ", on_missing: no_match", high) == "pass");
  CHECK(judged(nine + ", on_missing: incomplete", high) == "incomplete");
  CHECK(judged("when: {category: x}", high) == "pass");
  CHECK(judged("when: {category: x}", {.fingerprint = "f", .status = ""}) == "incomplete");
}

TEST_CASE("when the finding list failed as a whole, nothing stands in for what it holds") {
  auto batch = complete_batch();
  batch.details_read = false;
  batch.details_error = "findings: 503";
  for (const auto* rule : {"when: {cvss: \">=1\"}, on_missing: no_match", "when: {cvss: \">=1\"}",
                           "when: {cvss: \">=1\"}, on_missing: match", "max_age: {low: 1d}"}) {
    CAPTURE(rule);
    InputsBuilder builder(one_rule + "  - {id: r, " + rule + "}\n");
    builder.batch(batch).finding({.fingerprint = "f", .status = ""});
    CHECK(outcome(builder) == "incomplete");
  }
}

TEST_CASE("age is measured when the batch was completed, or at the instant of the decision") {
  auto batch = complete_batch();
  batch.completed_at = parse_instant("2026-11-11T00:00:00Z");
  const std::string policy = one_rule + "  - {id: r, when: {age: \">10d\"}}\n";
  InputsBuilder at_batch(policy);
  at_batch.batch(batch).finding({.fingerprint = "f", .first_detected_at = "2026-11-01T00:00:00Z"});
  CHECK(outcome(at_batch) == "pass");
  at_batch.finding({.fingerprint = "g", .first_detected_at = "2026-10-31T23:59:59Z"});
  CHECK(outcome(at_batch) == "fail");
  auto at_decision = with(policy);
  CHECK(outcome(at_decision.finding({.fingerprint = "f", .first_detected_at = "2026-11-01T00:00:00Z"})) ==
        "fail");
}

TEST_CASE("max_age: older than its severity's limit breaks; no first detection is listed, not overdue") {
  const std::string policy = one_rule + "  - {id: r, max_age: {medium: 14d, low: 180d}}\n";
  const auto judged = [&](const test::Row& row) {
    auto builder = with(policy);
    return builder.finding(row).decide();
  };
  const std::string old = "2026-11-01T00:00:00Z";
  CHECK(judged({.fingerprint = "f", .severity = "medium", .first_detected_at = old}).verdict.outcome ==
        Outcome::fail);
  CHECK(judged({.fingerprint = "f", .severity = "critical", .first_detected_at = old}).verdict.outcome ==
        Outcome::fail);
  CHECK(judged({.fingerprint = "f", .severity = "low", .first_detected_at = old}).verdict.outcome ==
        Outcome::pass);
  CHECK(judged({.fingerprint = "f", .severity = "info", .first_detected_at = "2020-01-01T00:00:00Z"})
            .verdict.outcome == Outcome::pass);
  const auto unknown = judged({.fingerprint = "f", .severity = "medium"});
  CHECK(unknown.verdict.outcome == Outcome::pass);
  CHECK(unknown.verdict.rules.at(0).age_unknown == 1);
  REQUIRE(unknown.verdict.notices.size() == 1);
  CHECK(unknown.verdict.notices[0] == "rule r: age unknown of 1 finding, taken as just found");
}

TEST_CASE("block_from: the rule blocks from the first second of that day, UTC") {
  auto builder = with(one_rule + "  - {id: r, mode: warn, block_from: 2026-11-24}\n");
  builder.finding({.fingerprint = "f"});
  builder.inputs().at = *parse_instant("2026-11-23T23:59:59Z");
  CHECK(outcome(builder) == "warn");
  builder.inputs().at = *parse_instant("2026-11-24T00:00:00Z");
  CHECK(outcome(builder) == "fail");
  builder.inputs().mode_cap = policy::Mode::observe;
  CHECK(outcome(builder) == "pass");
}

TEST_CASE("branches: a rule for other branches is skipped, and a policy of only such rules proves nothing") {
  auto builder = with(one_rule +
                      "  - {id: main-only, branches: [main, \"release/*\"]}\n"
                      "  - {id: other, max: 5}\n");
  builder.finding({.fingerprint = "f"});
  auto& subject = builder.inputs().subject;
  CHECK(outcome(builder) == "fail");  // no branch is known
  subject.branch = "feature/x";
  CHECK(outcome(builder) == "pass");
  CHECK(builder.decide().verdict.rules.at(0).state == RuleState::skipped);
  subject.target_branch = "main";
  CHECK(outcome(builder) == "fail");
  subject = {};
  subject.branch = "release/1";
  CHECK(outcome(builder) == "fail");
  auto alone = with(one_rule + "  - {id: main-only, branches: [main]}\n");
  alone.inputs().subject.branch = "x";
  CHECK(outcome(alone) == "incomplete");
}

TEST_CASE("scan types: a rule for types that are not judged is skipped, and a verdict without what blocks proves nothing") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\nrules:\n"
      "  - {id: secrets, when: {scan_type: [secrets_scan]}, max: 0}\n"
      "  - {id: not-code, when: {not: {scan_type: [semgrep_scan]}}, max: 0, mode: warn}\n"
      "  - {id: all, max: 5}\n");
  builder.batch(complete_batch());
  builder.inputs().scan_types = {ScanType::semgrep_scan};
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == gate::Outcome::pass);
  CHECK(record.verdict.rules.at(0).state == RuleState::skipped);
  CHECK(record.verdict.rules.at(0).needs == std::vector<std::string>{"only for secrets_scan, which is not judged"});
  CHECK(record.verdict.rules.at(1).state == RuleState::skipped);
  CHECK(record.verdict.rules.at(2).state == RuleState::kept);
  auto& rules = builder.inputs().policy->rules;
  rules[2].mode = policy::Mode::warn;  // then nothing that blocks is left
  const auto soft = builder.decide();
  CHECK(soft.verdict.outcome == gate::Outcome::incomplete);
  REQUIRE(soft.verdict.incomplete.size() == 1);
  CHECK(soft.verdict.incomplete[0].detail == "no rule of the policy that blocks is for the scan types that are judged");
  rules[0].mode = policy::Mode::warn;  // nothing ever blocked
  CHECK(outcome(builder) == "pass");
  rules[0].block_from = builder.inputs().at;
  CHECK(outcome(builder) == "incomplete");
  rules[0].block_from.reset();
  rules.pop_back();
  CHECK(outcome(builder) == "incomplete");  // no rule is left
  builder.inputs().batches[0].type = ScanType::secrets_scan;
  builder.inputs().scan_types = {ScanType::secrets_scan};
  CHECK(outcome(builder) == "pass");
}

TEST_CASE("the repository is the finding's, else the only one of the batch; else it is not known") {
  const std::string policy = one_rule + "  - {id: r, when: {repository: \"acme/*\"}}\n";
  auto one = with(policy);
  CHECK(outcome(one.finding({.fingerprint = "f"})) == "fail");
  auto batch = complete_batch();
  batch.repositories[0].name = "other/app";
  InputsBuilder other(policy);
  CHECK(outcome(other.batch(batch).finding({.fingerprint = "f"})) == "pass");
  batch.repositories.push_back(batch.repositories[0]);
  InputsBuilder two(policy);
  CHECK(outcome(two.batch(batch).finding({.fingerprint = "f"})) == "incomplete");
}
