// A policy as data: what POLICY describes, merged, with the position of every part that can be blamed.
// Not for: reading it (load.hpp) or applying it (gate/).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/incomplete.hpp"
#include "policy/condition.hpp"
#include "policy/waiver.hpp"

namespace kolega::policy {

enum class Mode { observe, warn, block };  // ordered: a cap takes the smaller
inline constexpr std::array<std::string_view, 3> mode_names{"observe", "warn", "block"};
constexpr std::string_view name_of(Mode mode) { return mode_names[static_cast<std::size_t>(mode)]; }

/// At most this many findings in all.
struct MaxCount {
  std::uint64_t count{};
  friend bool operator==(const MaxCount&, const MaxCount&) = default;
};
/// At most this many of each exact severity; one left out inherits from the next lower one named.
struct MaxBySeverity {
  std::array<std::optional<std::uint64_t>, 5> named{};  ///< by index_of(Severity)
  /// The limit in force for a severity, inheritance applied; nothing = no limit.
  std::optional<std::uint64_t> limit_for(Severity severity) const;
  friend bool operator==(const MaxBySeverity&, const MaxBySeverity&) = default;
};
/// No finding longer than this after it was first detected; a severity left out inherits as in MaxBySeverity.
struct MaxAge {
  std::array<std::optional<Duration>, 5> named{};  ///< by index_of(Severity)
  std::optional<Duration> limit_for(Severity severity) const;
  friend bool operator==(const MaxAge&, const MaxAge&) = default;
};
/// At most as many findings as the baseline holds of those that the rule's `when` matches.
struct Ratchet {
  friend bool operator==(const Ratchet&, const Ratchet&) = default;
};
using Limit = std::variant<MaxCount, MaxBySeverity, MaxAge, Ratchet>;

/// Which of the findings that `when` matches are counted.
enum class Scope {
  all,
  new_findings,   ///< those that the baseline does not hold
  changed_files,  ///< those in files that the merge request changes
  changed_lines,  ///< those on lines that it adds or modifies
};
inline constexpr std::array<std::string_view, 4> scope_names{"all", "new", "changed_files", "changed_lines"};
constexpr std::string_view name_of(Scope scope) { return scope_names[static_cast<std::size_t>(scope)]; }

/// What a verdict does while there is no baseline yet.
enum class FirstRun {
  all_new,     ///< every finding is new
  learn,       ///< none is, outside merge requests
  incomplete,  ///< nothing can be proven
};
inline constexpr std::array<std::string_view, 3> first_run_names{"all_new", "learn", "incomplete"};
constexpr std::string_view name_of(FirstRun word) { return first_run_names[static_cast<std::size_t>(word)]; }

/// What findings are compared with.
struct BaselineSettings {
  enum class From { previous_batch, batch, file, detected_before };
  From from{};
  std::string name{};                       ///< the batch's id, or the file's path
  Instant before{};                         ///< detected_before: what was first detected earlier is not new
  FirstRun first_run{};
  SourcePos pos{};
};

/// What a rule does with a finding when a fact that is not known would decide.
enum class OnMissing {
  by_severity,  ///< the lowest CVSS score of the severity's band; any other fact as in `incomplete`
  match,
  no_match,
  incomplete,
};
inline constexpr std::array<std::string_view, 4> on_missing_names{"by_severity", "match", "no_match", "incomplete"};
constexpr std::string_view name_of(OnMissing word) { return on_missing_names[static_cast<std::size_t>(word)]; }

struct Rule {
  std::string id{};
  std::string why{};
  Condition when{};
  Scope scope{Scope::all};
  Limit limit{MaxCount{0}};
  Mode mode{Mode::block};
  std::optional<Instant> block_from{};      ///< from then on the mode is block
  OnMissing on_missing{OnMissing::by_severity};
  std::vector<std::string> branches{};      ///< globs; empty: every branch
  bool waivable{true};
  SourcePos pos{};
};

struct Exclude {
  std::vector<std::string> paths{};
  std::string reason{};
  SourcePos pos{};
};

/// What it means when another branch was scanned than the one that is judged.
enum class ExpectBranch { fail, warn, any };
inline constexpr std::array<std::string_view, 3> expect_branch_names{"fail", "warn", "any"};
constexpr std::string_view name_of(ExpectBranch word) { return expect_branch_names[static_cast<std::size_t>(word)]; }

struct ScanSettings {
  std::vector<ScanType> types{ScanType::secrets_scan, ScanType::semgrep_scan};
  Duration timeout{std::chrono::minutes{30}};
  std::optional<Duration> reuse{};          ///< judge a finished batch at most this old instead of scanning
  ExpectBranch expect_branch{ExpectBranch::warn};
};

/// What a bypass must say. A policy without it can not be bypassed.
enum class BypassField { reason, ticket };
inline constexpr std::array<std::string_view, 2> bypass_field_names{"reason", "ticket"};
constexpr std::string_view name_of(BypassField field) { return bypass_field_names[static_cast<std::size_t>(field)]; }
struct BreakGlass {
  std::vector<BypassField> require{BypassField::reason, BypassField::ticket};
};

/// A rule id, a top-level key or "*" that files and options applied later may not change.
struct Lock {
  std::string name{};
  SourcePos pos{};
};

struct SeveritySettings {
  Severity unknown{Severity::high};         ///< the rank of a word outside the five
  std::vector<std::pair<std::string, Severity>> aliases{};  ///< lower-case word -> rank, sorted
};

/// A cause that is not named here is `fail`; auth and usage can not be named at all.
struct OnIncomplete {
  std::map<Cause, bool> warn{};             ///< true: `warn`
  bool is_warn(Cause cause) const {
    const auto found = warn.find(cause);
    return found != warn.end() && found->second;
  }
};

/// One file that the policy was read from.
struct Source {
  std::string name{};                       ///< as given: a path or builtin:NAME
  std::string sha256{};
};

struct Policy {
  std::string name{};
  std::vector<Lock> locks{};
  std::string repository{};                 ///< id, owner/name or "default"; empty: detected
  ScanSettings scan{};
  OnIncomplete on_incomplete{};
  SeveritySettings severity{};
  std::vector<TriageStatus> honor{TriageStatus::ignored, TriageStatus::false_positive};  ///< sorted by value
  std::vector<Exclude> excludes{};
  std::optional<BaselineSettings> baseline{};
  std::optional<Waivers> waivers{};
  std::optional<BreakGlass> break_glass{};
  std::vector<Rule> rules{};                ///< in order of the file; ids are unique
  std::vector<Source> sources{};
};

/// The lock that holds a top-level key ("scan"), or nullptr. "*" holds every key but `name` and `tests`, which
/// decide nothing.
const Lock* find_lock(const std::vector<Lock>& locks, std::string_view key);
/// The lock that holds a rule: its id, `rules` or "*".
const Lock* find_rule_lock(const std::vector<Lock>& locks, std::string_view id);

/// Whether some finding of these scan types could count in the rule. Where none of `scan.types` could, the
/// policy does not load.
bool can_count(const Policy& policy, const Rule& rule, const std::vector<ScanType>& types);
/// True when the rule reads a fact that only finding details hold.
bool needs_details(const Rule& rule);
/// True when the verdict cannot be reached from /results alone: triage is honoured or a rule reads details.
bool needs_details(const Policy& policy);

/// True when the rule compares with the baseline: its scope is `new` or its limit a ratchet.
bool needs_baseline(const Rule& rule);
bool needs_baseline(const Policy& policy);
/// True when the rule asks what the merge request changes.
bool needs_changes(const Rule& rule);
bool needs_changes(const Policy& policy);

/// SHA-256 over the canonical form: equal policies have equal digests, wherever they were read from.
std::string digest(const Policy& policy);

}  // namespace kolega::policy
