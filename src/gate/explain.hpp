// Why a finding counts or does not: every rule's and waiver's answer to it, with what decided.
// Not for: what would turn the verdict (remedy.hpp), or words around it (report/explain.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gate/record.hpp"

namespace kolega::gate {

enum class Answer {
  counted,
  may_count,  ///< a fact that is not known would decide
  not_counted,
};
inline constexpr std::array<std::string_view, 3> answer_names{"counted", "may_count", "not_counted"};
constexpr std::string_view name_of(Answer answer) { return answer_names[static_cast<std::size_t>(answer)]; }

struct RuleAnswer {
  std::size_t rule{};                      ///< index into the policy's rules
  Answer answer{};
  std::vector<std::string> why{};          ///< hostile text; empty where it just counts
};

/// A waiver that matches the finding.
struct WaiverAnswer {
  std::size_t waiver{};                    ///< index into the policy's waivers
  bool took_it{};
  std::string why{};                       ///< why it did not
};

struct FindingAnswer {
  std::uint32_t row{};
  std::vector<RuleAnswer> rules{};         ///< as the policy's
  std::vector<WaiverAnswer> waivers{};
  std::uint64_t twins{};                   ///< findings that it cannot be told apart from, itself included; 0 or more than 1
};

/// The record must hold a policy.
FindingAnswer explain_finding(const DecisionRecord& record, std::uint32_t row);

/// What a person may call a finding by.
struct Found {
  std::vector<std::uint32_t> rows{};       ///< one of each distinct finding, ascending
  bool named{};                            ///< by its whole fingerprint: then all rows are meant
  std::string nearest{};                   ///< where nothing was found
};
/// Every row of the fingerprint `text`, else every row whose fingerprint begins with it (at least four characters); these
/// may be of several fingerprints.
std::vector<std::uint32_t> rows_by_fingerprint(const FindingRows& rows, std::string_view text);
/// By fingerprint, else by the beginning of one (at least four characters), else by check id, path or "path:line".
Found find_rows(const DecisionRecord& record, std::string_view text);

}  // namespace kolega::gate
