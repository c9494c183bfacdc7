// What the gate decided and why. A function of Inputs alone (evaluate.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/compact.hpp"
#include "model/incomplete.hpp"
#include "model/severity.hpp"
#include "policy/policy.hpp"

namespace kolega::gate {

/// From mildest to strictest; the verdict is the strictest that applies. Bypassed stands outside the order.
enum class Outcome { pass, warn, allowed_incomplete, incomplete, fail, bypassed };
inline constexpr std::array<std::string_view, 6> outcome_names{"pass",       "warn", "allowed_incomplete",
                                                               "incomplete", "fail", "bypassed"};
constexpr std::string_view name_of(Outcome outcome) { return outcome_names[static_cast<std::size_t>(outcome)]; }

/// What a batch is worth.
enum class Grade { complete, partial, failed, timeout, quota, api };
inline constexpr std::array<std::string_view, 6> grade_names{"complete", "partial", "failed",
                                                             "timeout",  "quota",   "api"};
constexpr std::string_view name_of(Grade grade) { return grade_names[static_cast<std::size_t>(grade)]; }

struct BatchVerdict {
  Grade grade{};
  std::vector<std::string> reasons{};      ///< why it is not complete; empty when it is
};

/// What became of a finding, in the order in which the steps are taken.
enum class Disposition : std::uint8_t {
  active,
  duplicate,   ///< says nothing that an earlier row of the same scan type, fingerprint and path does not say
  triaged,     ///< taken out by an honoured server status
  excluded,    ///< under an excluded path
  waived,      ///< taken by a waiver
};
inline constexpr std::array<std::string_view, 5> disposition_names{"active", "duplicate", "triaged", "excluded",
                                                                   "waived"};
constexpr std::string_view name_of(Disposition d) { return disposition_names[static_cast<std::size_t>(d)]; }

/// One per row of Inputs::findings, in the same order.
struct FindingVerdict {
  Severity severity{};
  Disposition disposition{};
  bool unknown_severity{};                 ///< the word was outside the five and the aliases
  CompactBool is_new{};                    ///< against the baseline; nothing without one
  CompactBool in_changed_file{};           ///< nothing when the changes are not known, as below
  CompactBool on_changed_line{};           ///< a finding without a line is where its file is
  std::uint16_t exclude{};                 ///< which exclude, when excluded (index into the policy's list)
  CompactIndex waiver{};                   ///< which waiver, when waived (index into the policy's list)
  CompactIndex expired_waiver{};           ///< active, and covered by a waiver that has ended
};
static_assert(sizeof(FindingVerdict) == 12, "there is one for every finding");

enum class RuleState {
  kept,        ///< within its limit, and every batch it needs is complete
  broken,
  undecided,   ///< within its limit so far, but something it needs is missing
  skipped,     ///< for other branches, or for scan types that are not judged
};
inline constexpr std::array<std::string_view, 4> rule_state_names{"kept", "broken", "undecided", "skipped"};
constexpr std::string_view name_of(RuleState s) { return rule_state_names[static_cast<std::size_t>(s)]; }

struct RuleVerdict {
  std::string id{};
  policy::Mode mode{};                     ///< in force: `block_from` and the cap applied
  RuleState state{};
  std::uint64_t count{};                   ///< distinct findings counted
  std::array<std::uint64_t, 5> by_severity{};
  /// Findings that may count: the rule reads a fact of them that could not be learnt. They never break a rule, but
  /// a rule that they could break is undecided.
  std::uint64_t unseen{};
  std::array<std::uint64_t, 5> unseen_by_severity{};
  std::optional<std::uint64_t> ratchet{};  ///< what a ratchet allows; nothing while it is not known
  std::uint64_t age_unknown{};             ///< findings that would count if they were old; their age is not known
  std::vector<Severity> over{};            ///< severities over their limit (MaxBySeverity)
  std::vector<std::uint32_t> counted{};    ///< rows of Inputs::findings, ascending
  std::vector<std::string> needs{};        ///< why it is undecided or skipped
};

enum class WaiverState {
  used,
  unused,    ///< matches nothing in complete batches
  idle,      ///< took nothing: what it matches is taken out already, or something is missing
  expired,
  too_long,  ///< ends later than `max_days` allows, so that it does not apply
  withheld,  ///< a merge request may not waive its own findings
};
inline constexpr std::array<std::string_view, 6> waiver_state_names{"used",    "unused",   "idle",
                                                                    "expired", "too_long", "withheld"};
constexpr std::string_view name_of(WaiverState s) { return waiver_state_names[static_cast<std::size_t>(s)]; }

struct WaiverVerdict {
  std::string id{};
  WaiverState state{};
  std::vector<std::uint32_t> findings{};   ///< rows it took, or would have taken had it not ended; ascending
};

struct Tally {
  std::uint64_t total{};                   ///< distinct findings, whatever became of them
  std::array<std::uint64_t, 5> by_severity{};        ///< of the active ones
  std::array<std::uint64_t, 5> by_disposition{};
  std::uint64_t unknown_severity{};
};

/// How the findings stand against the baseline. Findings that triage, exclusions and waivers took out are neither
/// new nor known here.
struct Comparison {
  std::uint64_t baseline{};                ///< findings that the baseline holds, of the scan types judged
  std::array<std::uint64_t, 5> baseline_by_severity{};
  std::uint64_t fresh{};                   ///< active findings that it does not hold
  std::array<std::uint64_t, 5> fresh_by_severity{};
  std::uint64_t known{};                   ///< active findings that it holds
  std::uint64_t gone{};                    ///< what it holds and no batch reports any more
  std::uint64_t renamed{};                 ///< known by a rename that the diff names
  std::uint64_t rekeyed{};                 ///< known by check, path and message: the fingerprint has changed
};

/// A cause of incompleteness in force.
struct Incompleteness {
  Cause cause{};
  std::string detail{};
  std::string hint{};
  bool allowed{};                          ///< the policy says `warn`
};

/// What the merge request's own policy would say about the same facts.
struct AfterMerge {
  Outcome outcome{};
  std::vector<std::string> changes{};      ///< of the policy, and of what its rules say
};

struct Verdict {
  Outcome outcome{Outcome::incomplete};
  std::optional<Outcome> bypassed{};       ///< what the outcome is but for the bypass; only when that was needed
  std::optional<AfterMerge> after_merge{};
  std::vector<BatchVerdict> batches{};     ///< as Inputs::batches
  std::vector<FindingVerdict> findings{};  ///< as Inputs::findings
  std::vector<RuleVerdict> rules{};        ///< as the policy's rules
  std::vector<WaiverVerdict> waivers{};    ///< as the policy's waivers
  std::vector<Incompleteness> incomplete{};
  Tally tally{};
  std::optional<Comparison> comparison{};  ///< nothing without a baseline to compare with
  std::vector<std::string> notices{};      ///< warnings for people: unknown severity words, unjoined findings, ...
};

}  // namespace kolega::gate
