// The facts of a finding as a policy sees them: severity rank, folded path, CWE numbers.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/path.hpp"
#include "model/finding.hpp"
#include "policy/policy.hpp"

namespace kolega::gate {

struct Rank {
  Severity severity{};
  bool unknown{};
};
/// Lower-cased and trimmed, then the aliases, then the policy's rank for unknown words.
Rank rank_of(std::string_view word, const policy::SeveritySettings& settings);

/// "CWE-79", "cwe79: Cross-site", "79" -> 79; what is no CWE is left out. Sorted, unique.
std::vector<int> cwe_numbers(TextList words);

/// Makes policy::Facts of findings one after another; interned lists are read once.
class Normaliser {
 public:
  explicit Normaliser(const policy::Policy& policy) : policy_(policy) {}
  /// The views inside live until the next call.
  policy::Facts facts(const Finding& finding, bool& unknown_severity);

 private:
  const policy::Policy& policy_;
  std::string path_;
  std::unordered_map<const Text*, std::vector<int>> cwe_;
};

}  // namespace kolega::gate
