// The `when` of a rule and the `match` of a waiver: plain data, so that it can be printed, compared and explained.
// All fields that are set must hold (AND); within a list one is enough (OR).
// One row a key in condition.cpp: parse, match, describe and schema stand side by side.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/yaml.hpp"
#include "model/finding.hpp"
#include "model/scan_type.hpp"
#include "model/severity.hpp"
#include "model/triage.hpp"
#include "policy/bounds.hpp"

namespace kolega::policy {

struct Condition {
  std::optional<SeveritySet> severity{};
  std::vector<ScanType> scan_type{};
  std::vector<std::string> check_id{};       ///< globs
  std::vector<std::string> path{};           ///< glob list, `!` excludes, last match wins
  std::vector<int> cwe{};                    ///< numbers
  std::vector<std::string> owasp{};          ///< prefix before the colon: A03 matches A03:2021
  std::vector<TriageStatus> status{};
  std::optional<CvssBound> cvss{};
  std::vector<std::string> category{};       ///< globs
  std::optional<AgeBound> age{};
  std::vector<std::string> fingerprint{};    ///< whole fingerprints
  std::vector<std::string> repository{};     ///< globs on owner/name
  std::vector<Condition> any{};              ///< one of them must hold
  std::vector<Condition> negated{};          ///< `not`: none or one; it must not hold
  SourcePos pos{};
};

/// What a condition sees of a finding: the facts as normalised for one policy (gate/normalise.hpp).
struct Facts {
  Severity severity{};
  ScanType scan_type{};
  std::string_view check_id{};
  std::string_view path{};                   ///< `./` and `\` folded
  const std::vector<int>* cwe{};
  TextList owasp{};
  std::string_view fingerprint{};
  std::optional<TriageStatus> status{};      ///< nothing: unknown, as in all below
  std::optional<double> cvss{};
  std::optional<std::string_view> category{};  ///< empty: known to have none
  std::optional<Duration> age{};             ///< when its batch ended
  std::optional<std::string_view> repository{};
};

/// What a condition says of a finding; ordered, so that AND is the smallest and OR the largest.
enum class Match { no, unseen, yes };  // unseen: a fact that is not known would decide

Match match(const Condition& condition, const Facts& facts);

/// What one key of a condition says of a finding: "severity high or critical" and its answer.
struct KeyMatch {
  std::string text{};
  Match match{};
};
/// Every key that is set, in the order of the language: match() is the smallest of them.
std::vector<KeyMatch> explain(const Condition& condition, const Facts& facts);

/// True when the condition (anywhere inside) reads a fact that only the finding details hold.
bool needs_details(const Condition& condition);
/// The names of those facts, as in "the triage status": what to say when they are missing.
std::vector<std::string_view> detail_facts(const Condition& condition);
/// True when the condition (anywhere inside) has this key.
bool reads(const Condition& condition, std::string_view key);
/// The scan types it is limited to; empty when it may see every type.
std::vector<ScanType> scan_types_of(const Condition& condition);

/// One phrase: "severity high or critical, path src/**".
std::string describe(const Condition& condition);

/// Reads the map under `when`; remarks are appended, the rest is still read, so that all come at once.
Condition parse_condition(const yaml::Node& node, std::vector<Diagnostic>& remarks);
/// The canonical form of it: parse_condition gives the same value back.
yaml::Node to_node(const Condition& condition);
/// The keys that a condition takes, for "did you mean" and the schema.
std::vector<std::string_view> condition_keys();

}  // namespace kolega::policy
