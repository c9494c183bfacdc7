// One phrase for each thing that reports say, so that all of them say it alike.
#pragma once

#include <string>

#include "gate/record.hpp"

namespace kolega::gate {

/// "FAIL", "PASS", "WARN", "INCOMPLETE", "INCOMPLETE (allowed)", "BYPASSED".
std::string headline(Outcome outcome);
/// "1 of 2 rules is broken: serious (3 findings, at most 0)".
std::string summary(const DecisionRecord& record);
/// "ignored or false_positive": what marks a finding in Kolega so that this policy takes it out; empty where nothing does.
std::string describe_honored(const policy::Policy& policy);
/// Who bypassed the verdict, why, and what it would be; empty when nobody did.
std::string describe_bypass(const DecisionRecord& record);
/// "at most 0", "at most critical 0, high 0, medium 10".
std::string describe_limit(const policy::Limit& limit);
/// The scan types that a rule looks at: "secrets_scan or sbom_scan", "other scan types" where it names none.
std::string describe_types(const policy::Rule& rule);
/// The same with what the rule's scope and its ratchet make of it: "at most 0 on changed lines", "at most 12, as the
/// baseline".
std::string describe_limit(const policy::Rule& rule, const RuleVerdict& verdict);
/// "critical 1, high 2" of the non-zero ones, strictest first; "none" when all are zero.
std::string describe_counts(const std::array<std::uint64_t, 5>& by_severity);
/// "serious: 3 findings (critical 1, high 2), at most 0".
std::string describe_rule(const policy::Rule& rule, const RuleVerdict& verdict);
/// "waiver W-17 took 1 finding, until 2026-12-15 (owner payments-team, ticket SEC-2114): reason".
std::string describe_waiver(const policy::Waiver& waiver, const WaiverVerdict& verdict);
/// "semgrep_scan batch abc: complete, 42 findings".
std::string describe_batch(const ScanBatch& batch, const BatchVerdict& verdict);

}  // namespace kolega::gate
