// What the tests of baselines, scopes and ratchets share: a policy, findings, a baseline and changes in a line each.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "gate/baseline_entry.hpp"
#include "gate/record.hpp"
#include "support/inputs.hpp"

namespace kolega::test::scope {

using gate::Outcome;
using gate::RuleState;

inline std::string policy_with(const std::string& rules, const std::string& first_run = "all_new",
                        const std::string& from = "previous_batch") {
  return "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"" + from +
         "\", first_run: " + first_run + "}\nrules: [" + rules + "]\n";
}
inline const std::string nothing_new = "{id: r, when: {severity: \">=low\"}, scope: new}";
inline const std::string ratchet = "{id: r, when: {severity: \">=low\"}, max: ratchet}";

inline BaselineEntry entry(const std::string& fingerprint, const std::string& path = "src/a.c",
                    const std::string& check = "check", const std::string& message = "message") {
  return {.scan_type = ScanType::semgrep_scan,
          .fingerprint = fingerprint,
          .path = path,
          .check_id = check,
          .severity = Severity::high,
          .message_sha256 = gate::message_digest(message)};
}

inline Baseline baseline_with(std::vector<BaselineEntry> entries) {
  std::sort(entries.begin(), entries.end(), gate::comes_before);
  return {.entries = std::move(entries), .origin = "file:b.json", .sha256 = std::string(64, '0')};
}

inline ChangeSet changes_with(std::vector<ChangedFile> files) {
  return {.files = std::move(files), .origin = "--diff d.patch", .sha256 = std::string(64, '1')};
}

inline InputsBuilder world(const std::string& policy, const std::vector<Row>& rows) {
  InputsBuilder builder(policy);
  builder.batch(complete_batch());
  for (const auto& row : rows) builder.finding(row);
  return builder;
}

inline gate::DecisionRecord judge(const std::string& policy, const std::vector<Row>& rows,
                           std::optional<Baseline> baseline, std::optional<ChangeSet> changes = {}) {
  auto builder = world(policy, rows);
  builder.inputs().baseline = std::move(baseline);
  builder.inputs().changes = std::move(changes);
  return builder.decide();
}

inline const gate::RuleVerdict& rule_of(const gate::DecisionRecord& record) {
  return record.verdict.rules.at(0);
}

inline bool says(const gate::DecisionRecord& record, std::string_view phrase) {
  const auto& notices = record.verdict.notices;
  return std::any_of(notices.begin(), notices.end(),
                     [&](const std::string& notice) { return notice.find(phrase) != std::string::npos; });
}

/// The one thing that is missing, with what to do about it.
inline gate::Incompleteness missing_of(const gate::DecisionRecord& record) {
  REQUIRE(record.verdict.incomplete.size() == 1);
  CHECK(record.verdict.outcome == Outcome::incomplete);
  CHECK(rule_of(record).state == RuleState::undecided);
  CHECK_FALSE(record.verdict.incomplete[0].hint.empty());
  return record.verdict.incomplete[0];
}

}  // namespace kolega::test::scope
