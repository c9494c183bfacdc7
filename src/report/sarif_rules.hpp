// The rules array of a SARIF run: which findings share a rule, and what a rule says of itself.
// Not for: results and the run around them (sarif.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json_writer.hpp"
#include "gate/record.hpp"
#include "report/formats.hpp"

namespace kolega::report {

/// "error", "warning" or "note".
std::string_view sarif_level(Severity severity);

/// A text that describes a rule only as long as all its findings agree on it.
struct Agreed {
  std::string_view text{};
  bool seen{};
  bool differs{};
  void add(std::string_view value);
  std::string_view value() const { return differs ? std::string_view{} : text; }
};

struct SarifRule {
  std::string id{};
  std::string check{};
  Severity severity{};
  Agreed title{};
  Agreed category{};
  Agreed message{};
  std::optional<float> cvss{};  ///< of all findings alike
  bool cvss_differs{};
  std::set<int> cwe{};
  std::set<std::string> owasp{};
  const Text* last_cwe{};  ///< lists are interned, so one that was just read is known by its place
  const Text* last_owasp{};
};

/// GitHub reads the severity of an alert from its rule, never from the result. So every pair of check id and
/// severity is a rule of its own. In the github and azure profiles its id always names the severity: alerts
/// are recognised again by their rule's id, which must not change because the check's other severities come
/// and go. In the generic profile the id is the check id as long as the check has one severity.
class SarifRules {
 public:
  SarifRules(const gate::DecisionRecord& record, const std::vector<std::uint32_t>& rows,
             SarifProfile profile);

  const SarifRule& rule(std::size_t index) const { return rules_[index]; }
  std::size_t size() const { return rules_.size(); }
  /// The rule of the row at this position of `rows`.
  std::size_t index_of(std::size_t position) const { return rule_of_[position]; }
  void write(JsonWriter& json) const;

 private:
  using BySeverity = std::array<std::int32_t, 5>;
  std::vector<SarifRule> rules_;
  std::vector<BySeverity> checks_;  ///< rule of a check and severity, or -1
  std::vector<std::uint32_t> rule_of_;
};

/// The number GitHub sorts by, as the string it wants: inside the band of the severity, the CVSS score where
/// all findings of the rule have the same.
std::string security_severity(Severity severity, std::optional<float> cvss);

}  // namespace kolega::report
