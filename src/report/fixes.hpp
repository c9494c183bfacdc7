// What reports say of the fixes that were asked for after the verdict (run --fix).
// Not for: escaping (escape.hpp); everything returned here is hostile text.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gate/record.hpp"

namespace kolega::report {

/// True when nothing is left to do for it: the patch is there.
bool is_completed(const gate::Fix& fix);
/// Where its patch is: the file, else the command that prints it; empty while there is none.
std::string describe_diff(const gate::DecisionRecord& record, const gate::Fix& fix);
/// "fix 71aa03 of src/a.c (2 findings): completed; diff: fixes/71aa03.patch; pull request: https://..."
std::string describe_fix(const gate::DecisionRecord& record, const gate::Fix& fix);
std::vector<std::string> describe_fixes(const gate::DecisionRecord& record);

/// Which fix a finding is part of.
class FixIndex {
 public:
  explicit FixIndex(const gate::DecisionRecord& record);
  /// Nothing when none was asked for.
  const gate::Fix* find(const Finding& finding) const;
  /// The phrase of find(), empty when there is none.
  std::string describe(const Finding& finding) const;

 private:
  const gate::DecisionRecord& record_;
  std::unordered_map<std::string_view, const gate::Fix*> by_finding_{};
};

}  // namespace kolega::report
