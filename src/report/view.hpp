// What several writers need to know of a finding: what it means for the verdict, how its place and rules are
// named. Not for: escaping (escape.hpp); everything returned here is still hostile text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/markup.hpp"
#include "gate/record.hpp"

namespace kolega::report {

/// What a finding means for the verdict, heaviest first.
enum class Weight : std::uint8_t {
  blocks,    ///< over the limit of a rule in block mode
  warns,     ///< over the limit of a rule in warn mode
  observed,  ///< over the limit of a rule that only observes
  within,    ///< counted, but by rules that are within their limits
  uncounted,
  triaged,
  excluded,
  waived,
  duplicate,
};

/// Where a finding is shown whose path is no place in the repository: without a location GitHub and GitLab
/// refuse the whole file.
inline constexpr std::string_view unknown_place = "kolega-gate/path-unknown";

std::vector<Weight> weights(const gate::DecisionRecord& record);

/// What an outcome means for the pipeline: "a blocking rule is broken; the pipeline stops".
std::string_view describe_outcome(gate::Outcome outcome);

/// True when the rule is broken by findings of this severity: one that is within its own number breaks
/// nothing.
bool breaks(const gate::RuleVerdict& rule, Severity severity);

/// Indices of the rules that counted a row, given its bits from counting_rules().
std::vector<std::size_t> rules_of(const gate::DecisionRecord& record, std::uint32_t row, std::uint64_t bits);

/// "src/app.py:12", "src/app.py", "(no path)".
std::string describe_place(const Finding& finding);
/// The scanner's check id, "unnamed-check" when it gave none.
std::string_view check_name(const Finding& finding);
/// Why a finding was taken out: "triaged as false_positive", "excluded by the policy: fixtures", "waived by W-17 until
/// 2026-12-15: reason"; empty when it was not.
std::string describe_removal(const gate::DecisionRecord& record, std::uint32_t row);

/// "waiver W-17 has expired (owner ..., ticket ...)" of a finding that such a waiver covered; empty for others.
std::string describe_expired(const gate::DecisionRecord& record, std::uint32_t row);
/// A line on each waiver that no notice tells of already, in the order of the policy.
std::vector<std::string> describe_waivers(const gate::DecisionRecord& record);

/// The rows that still count for somebody (triaged, excluded, waived and doubled ones are left out), most severe first.
std::vector<std::uint32_t> active_rows(const gate::DecisionRecord& record);
/// The message, or a sentence with the check's name where the scanner gave none.
std::string message_of(const Finding& finding, std::size_t limit);

/// The program and the policy as a footer names them: "policy payments-service, digest 3b1f8c0e6a5d".
std::string describe_policy(const gate::DecisionRecord& record);
/// "scanned owner/name branch main, ...; the API confirms no commit"; empty when no repository finished.
std::string describe_scanned(const ScanBatch& batch);
/// How many findings were taken out and by what: "2 triaged, 3 excluded, 1 waived"; empty when none was.
std::string describe_removals(const gate::DecisionRecord& record);

/// How the findings stand against the baseline: "2 new (high 2), 10 known, 3 of 13 gone since file:b.json"; empty
/// without one.
std::string describe_comparison(const gate::DecisionRecord& record);
/// True when every finding is new or known: there is a baseline, or a date, to compare with.
bool has_baseline(const gate::DecisionRecord& record);

/// True for a repository of a batch whose scan did not succeed.
bool unfinished(const ScanBatchRepository& repository);

/// The first `limit` bytes, whole characters, "..." behind a cut.
std::string cut(std::string_view text, std::size_t limit);

/// A sign for people: passed, look at it, failed.
Literal outcome_sign(gate::Outcome outcome);

}  // namespace kolega::report
