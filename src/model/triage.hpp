// What the server says about a finding's life: its triage status.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kolega {

enum class TriageStatus : std::uint8_t { open, resolved, ignored, false_positive, needs_manual_review };

inline constexpr std::array<std::string_view, 5> triage_names{"open", "resolved", "ignored", "false_positive",
                                                              "needs_manual_review"};
constexpr std::string_view name_of(TriageStatus status) { return triage_names[static_cast<std::size_t>(status)]; }

/// Exactly one of the five words; a word nobody knows is nothing, and such a finding stays active.
constexpr std::optional<TriageStatus> find_triage_status(std::string_view name) {
  for (std::size_t i = 0; i < triage_names.size(); ++i) {
    if (triage_names[i] == name) return static_cast<TriageStatus>(i);
  }
  return std::nullopt;
}

}  // namespace kolega
