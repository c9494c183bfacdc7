// What would turn a verdict: computed from a record and tried out on a copy of its facts, so that what is said holds.
// Not for: words (report/explain.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gate/record.hpp"

namespace kolega::gate {

/// How far a broken rule is over its limit.
struct Excess {
  std::size_t rule{};                      ///< index into the policy's rules
  std::uint64_t count{};                   ///< the fewest findings that must go
  std::uint64_t candidates{};              ///< of so many
  std::vector<std::pair<Severity, std::uint64_t>> by_severity{};  ///< likewise, where severities have limits of their own
  std::optional<policy::Limit> limit{};    ///< the lowest that would hold; nothing for an age
};

enum class Means {
  fix,     ///< the findings are gone
  triage,  ///< they have a status that the policy honours
  waive,   ///< waivers of the policy name their fingerprints
};
inline constexpr std::array<std::string_view, 3> means_names{"fix", "triage", "waive"};
constexpr std::string_view name_of(Means means) { return means_names[static_cast<std::size_t>(means)]; }

/// A set of findings after which no rule that decided is broken any more; none is superfluous where they are not
/// too many to try each.
struct Way {
  Means means{};
  std::uint64_t findings{};                ///< how many distinct ones
  std::vector<std::uint32_t> rows{};       ///< all rows of them, ascending
  std::vector<std::string> unused_waivers{};  ///< must be removed as well, because the policy fails over them
  Outcome outcome{};                       ///< the verdict then
};

struct Remedy {
  std::vector<Excess> rules{};             ///< the broken rules that decided the verdict
  std::vector<Way> ways{};
  std::vector<std::pair<Means, std::string>> closed{};  ///< the other ways, and why they lead nowhere
};

/// Empty for a verdict that no finding decided: pass, incomplete, allowed_incomplete, bypassed.
Remedy find_remedy(const DecisionRecord& record);

}  // namespace kolega::gate
