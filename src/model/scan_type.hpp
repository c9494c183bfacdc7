// The scan types of the API and the short names people type.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kolega {

enum class ScanType : std::uint8_t { secrets_scan, semgrep_scan, deep_ai_scan, sbom_scan };

inline constexpr std::array<ScanType, 4> all_scan_types{ScanType::secrets_scan, ScanType::semgrep_scan,
                                                        ScanType::deep_ai_scan, ScanType::sbom_scan};
inline constexpr std::array<std::string_view, 4> scan_type_names{"secrets_scan", "semgrep_scan", "deep_ai_scan",
                                                                 "sbom_scan"};
/// Short names of the official command line, in the same order.
inline constexpr std::array<std::string_view, 4> scan_type_short_names{"secrets", "semgrep", "deep-ai", "sbom"};

constexpr std::string_view name_of(ScanType type) { return scan_type_names[static_cast<std::size_t>(type)]; }

/// Long or short name, also deep_ai; otherwise nothing.
constexpr std::optional<ScanType> find_scan_type(std::string_view name) {
  for (const auto type : all_scan_types) {
    const auto i = static_cast<std::size_t>(type);
    if (scan_type_names[i] == name || scan_type_short_names[i] == name) return type;
  }
  if (name == "deep_ai") return ScanType::deep_ai_scan;
  return std::nullopt;
}

/// The quota that a scan of this type draws on (api reference: quotas).
constexpr std::string_view quota_of(ScanType type) {
  return type == ScanType::deep_ai_scan ? "deep_ai_scans" : "sast_scans";
}

}  // namespace kolega
