// The maps of the language and what they are read into. Each table stands in the file that says what its map
// means. Not for: conditions; theirs is in condition.cpp.
#pragma once

#include <vector>

#include "policy/keys.hpp"
#include "policy/policy.hpp"
#include "policy/test_case.hpp"

namespace kolega::policy {

/// A rule as it is written; one that is not enabled is read and then left out.
struct RuleDraft {
  Rule rule{};
  bool enabled{true};
  bool has_id{};
  const yaml::Node* limit{};       ///< the key that set the limit
  const yaml::Node* scope{};
  const yaml::Node* block_from{};
  const yaml::Node* on_missing{};
};

/// The file as it is written.
struct Draft {
  Policy policy{};
  std::optional<Rule> thresholds{};
  std::vector<RuleDraft> rules{};
  std::vector<TestCase> tests{};
  bool has_version{};
};

struct Triage {
  std::vector<TriageStatus> honor{};
};

// settings.cpp
std::span<const Key<ScanSettings>> scan_rows();
std::span<const Key<OnIncomplete>> on_incomplete_rows();
std::span<const Key<SeveritySettings>> severity_rows();
std::span<const Key<Triage>> triage_rows();
std::span<const Key<BreakGlass>> break_glass_rows();
std::span<const Key<Exclude>> exclude_rows();

// baseline.cpp
std::span<const Key<BaselineSettings>> baseline_rows();
void parse_baseline(const yaml::Node& value, std::optional<BaselineSettings>& out, Reader& reader);

// rule.cpp
std::span<const Key<RuleDraft>> rule_rows();
RuleDraft parse_rule(const yaml::Node& node, Reader& reader);
yaml::Node write_rule(const Rule& rule);
/// The map of `thresholds` and of a rule's `max`.
MaxBySeverity parse_max_by_severity(const yaml::Node& value, std::string_view key, Reader& reader);

// waiver.cpp
std::span<const Key<Waiver>> waiver_rows();
std::span<const Key<Waivers>> waivers_rows();
void lint_waivers(const Waivers& waivers, Reader& reader);

// test_case.cpp
std::span<const Key<TestFinding>> finding_rows();
std::span<const Key<TestCase>> given_rows();
std::span<const Key<TestCase>> expect_rows();
std::span<const Key<TestCase>> test_rows();
std::vector<TestCase> parse_tests(const yaml::Node& value, Reader& reader);
/// Remarks on tests that name what the policy does not have.
void lint_tests(const std::vector<TestCase>& tests, const Policy& policy, Reader& reader);

// policy_rows.cpp
std::span<const Key<Draft>> policy_rows();

// lint.cpp
/// Remarks on what is well formed and still makes no sense. Thresholds are among the rules by now.
void lint_policy(const Policy& policy, Reader& reader);

}  // namespace kolega::policy
