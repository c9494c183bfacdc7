// The five ranks of severity and a set of them. Which rank a word of the wire gets is the policy's (gate/normalise).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kolega {

enum class Severity : std::uint8_t { info, low, medium, high, critical };

inline constexpr std::array<Severity, 5> all_severities{Severity::info, Severity::low, Severity::medium,
                                                        Severity::high, Severity::critical};
inline constexpr std::array<std::string_view, 5> severity_names{"info", "low", "medium", "high", "critical"};

constexpr std::string_view name_of(Severity severity) { return severity_names[static_cast<std::size_t>(severity)]; }
constexpr std::size_t index_of(Severity severity) { return static_cast<std::size_t>(severity); }

/// Exactly one of the five names, lower case; otherwise nothing.
constexpr std::optional<Severity> find_severity(std::string_view name) {
  for (const auto severity : all_severities) {
    if (name_of(severity) == name) return severity;
  }
  return std::nullopt;
}

class SeveritySet {
 public:
  constexpr SeveritySet() = default;
  constexpr void add(Severity severity) { bits_ |= bit(severity); }
  constexpr bool has(Severity severity) const { return (bits_ & bit(severity)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(SeveritySet, SeveritySet) = default;

 private:
  static constexpr std::uint8_t bit(Severity severity) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(severity));
  }
  std::uint8_t bits_{};
};

/// The CVSS v3 band of a score: 9.0 critical, 7.0 high, 4.0 medium, 0.1 low, else info.
/// Source: https://www.first.org/cvss/v3.1/specification-document (qualitative severity rating scale).
constexpr Severity cvss_band(double score) {
  if (score >= 9.0) return Severity::critical;
  if (score >= 7.0) return Severity::high;
  if (score >= 4.0) return Severity::medium;
  return score > 0.0 ? Severity::low : Severity::info;
}

}  // namespace kolega
