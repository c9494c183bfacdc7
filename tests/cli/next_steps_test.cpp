#include "cli/next_steps.hpp"

#include <doctest/doctest.h>

using namespace kolega;
using gate::Outcome;

namespace {

gate::DecisionRecord record_of(Outcome outcome, std::vector<gate::Incompleteness> incomplete = {}) {
  gate::DecisionRecord record;
  record.verdict.outcome = outcome;
  record.verdict.incomplete = std::move(incomplete);
  return record;
}

}  // namespace

TEST_CASE("a pass needs nothing, every other end says what to do next") {
  CHECK(cli::next_steps(record_of(Outcome::pass), {}, true).empty());
  CHECK_FALSE(cli::next_steps(record_of(Outcome::fail), {}, true).empty());
  CHECK_FALSE(cli::next_steps(record_of(Outcome::warn), {}, true).empty());
  for (std::size_t i = 0; i < cause_names.size(); ++i) {
    INFO(cause_names[i]);
    CHECK_FALSE(cli::next_steps(record_of(Outcome::incomplete, {{.cause = static_cast<Cause>(i)}}), {}, true)
                    .empty());
  }
}

TEST_CASE("a failed batch is named by its id, in a command that can be typed") {
  auto record = record_of(Outcome::incomplete, {{.cause = Cause::failed}});
  record.inputs.batches = {{.id = "b-good", .repository_id = "r1"}, {.id = "b-bad", .repository_id = "r1"}};
  record.verdict.batches = {{gate::Grade::complete, {}}, {gate::Grade::failed, {"why"}}};
  const auto steps = cli::next_steps(record, {}, true);
  REQUIRE(steps.size() == 1);
  CHECK(steps.front().find("kolega-gate scans progress b-bad --repository r1;") != std::string::npos);
  record.verdict.batches.clear();
  record.inputs.batches.clear();
  CHECK(cli::next_steps(record, {}, true).front().find("BATCH") == std::string::npos);
}

TEST_CASE("an id that a shell would obey stands in no command to copy") {
  auto record = record_of(Outcome::incomplete, {{.cause = Cause::failed}});
  record.verdict.batches = {{gate::Grade::failed, {"why"}}};
  for (const auto& [batch, repository] : {std::pair{"$(touch pwned)", "r1"}, std::pair{"b1", "`touch pwned`"},
                                          std::pair{"--help", "r1"}, std::pair{"b1", ""}}) {
    record.inputs.batches = {{.id = batch, .repository_id = repository}};
    const auto step = cli::next_steps(record, {}, true).front();
    CHECK(step.find("scans progress") == std::string::npos);
    CHECK(step.find("pwned") == std::string::npos);
  }
}

TEST_CASE("a running batch is named with the command that attaches to it, once") {
  const auto record = record_of(Outcome::incomplete,
                                {{.cause = Cause::timeout, .hint = "a hint"}, {.cause = Cause::timeout}});
  const auto shown = cli::next_steps(record, "ATTACH", true);
  REQUIRE(shown.size() == 1);
  CHECK(shown.front().find("ATTACH") != std::string::npos);
  const auto quiet = cli::next_steps(record, "ATTACH", false);
  CHECK(quiet.front() == "a hint");
}

TEST_CASE("more time is no advice for a run that was stopped") {
  const auto record = record_of(Outcome::incomplete, {{.cause = Cause::timeout}, {.cause = Cause::interrupted}});
  CHECK(cli::next_steps(record, "ATTACH", true) == std::vector<std::string>{"the scan goes on; attach with: ATTACH"});
  CHECK(cli::next_steps(record, {}, true) == std::vector<std::string>{"run again"});
}

TEST_CASE("a broken rule: the marks of triage that this policy honours, where the findings are Kolega's") {
  auto record = record_of(Outcome::fail);
  auto& policy = record.inputs.policy.emplace();
  auto& pool = *record.inputs.findings.pool;
  Finding finding;
  finding.details = pool.store(FindingDetails{});
  record.inputs.findings.rows.push_back(finding);
  auto& rule = record.verdict.rules.emplace_back();
  rule.state = gate::RuleState::broken;
  rule.mode = policy::Mode::block;
  rule.counted = {0};
  const auto told = [&] { return cli::next_steps(record, {}, true).front(); };
  const std::string fix = "fix the findings that the broken rules counted";
  policy.honor = {TriageStatus::ignored, TriageStatus::false_positive};
  CHECK(told() == fix + ", or mark them in Kolega as ignored or false_positive");
  policy.honor = {TriageStatus::false_positive};
  CHECK(told() == fix + ", or mark them in Kolega as false_positive");
  record.inputs.origin = gate::Origin::sandbox;
  CHECK(told() == fix);
  record.inputs.origin = gate::Origin::live;
  policy.honor.clear();
  CHECK(told() == fix);
  policy.honor = {TriageStatus::ignored};
  finding.details = nullptr;
  record.inputs.findings.rows.set(0, finding);
  CHECK(told() == fix);
  rule.state = gate::RuleState::kept;
  CHECK(told().find("waivers") != std::string::npos);
}

TEST_CASE("a sandbox has ended with the run: nothing of it is to be looked at") {
  auto record = record_of(Outcome::incomplete, {{.cause = Cause::failed}, {.cause = Cause::quota}});
  record.inputs.origin = gate::Origin::sandbox;
  record.inputs.batches = {{.id = "b1", .repository_id = "r1"}};
  record.verdict.batches = {{gate::Grade::failed, {"why"}}};
  for (const auto& step : cli::next_steps(record, {}, true)) CHECK(step.find("kolega-gate") == std::string::npos);
}

TEST_CASE("files of some scan types only: give the others, or narrow the verdict where that is allowed") {
  auto record = record_of(Outcome::incomplete, {{.cause = Cause::failed}});
  record.inputs.origin = gate::Origin::file;
  record.inputs.scan_types = {ScanType::secrets_scan, ScanType::semgrep_scan};
  auto& batch = record.inputs.batches.emplace_back();
  batch.type = ScanType::semgrep_scan;
  CHECK(cli::next_steps(record, {}, true).front() ==
        "give a file of secrets_scan too, or narrow the verdict with --scan-type semgrep_scan");
  record.inputs.scan_types.push_back(ScanType::sbom_scan);
  CHECK(cli::next_steps(record, {}, true).front() ==
        "give files of secrets_scan, sbom_scan too, or narrow the verdict with --scan-type semgrep_scan");
  record.inputs.scan_types.pop_back();
  record.inputs.policy.emplace().locks.push_back({.name = "scan"});
  CHECK(cli::next_steps(record, {}, true).front() == "give a file of secrets_scan too");
}
