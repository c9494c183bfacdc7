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

/// Which facts are made: all, or only those that a rule, a waiver or an exclusion of the policy reads. Texts lie all over
/// the memory, so what nobody reads is better left alone.
enum class Wanted : std::uint8_t { all, read };

/// Makes policy::Facts of findings one after another; interned lists and words are read once.
class Normaliser {
 public:
  explicit Normaliser(const policy::Policy& policy, Wanted wanted = Wanted::all);
  /// The views inside live until the next call.
  policy::Facts facts(const Finding& finding, bool& unknown_severity);

 private:
  Rank rank(Text word);

  const policy::Policy& policy_;
  bool wants_path_{true};
  bool wants_fingerprint_{true};
  std::string path_;
  std::string fingerprint_;
  std::vector<std::pair<const void*, Rank>> ranks_;  ///< by the place of the word
  std::unordered_map<const Text*, std::vector<int>> cwe_;
  const Text* last_cwe_{};
  const std::vector<int>* last_numbers_{};
};

}  // namespace kolega::gate
