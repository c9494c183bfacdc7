// Why a verdict can be incomplete. Each cause has a setting in the policy (on_incomplete) or can not be softened,
// and an exit code (cli/exit_code.cpp).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "model/scan_type.hpp"

namespace kolega {

enum class Cause { auth, usage, interrupted, quota, api, timeout, failed, partial, context };

inline constexpr std::array<std::string_view, 9> cause_names{"auth",    "usage",  "interrupted", "quota",  "api",
                                                             "timeout", "failed", "partial",     "context"};
constexpr std::string_view name_of(Cause cause) { return cause_names[static_cast<std::size_t>(cause)]; }

constexpr std::optional<Cause> find_cause(std::string_view name) {
  for (std::size_t i = 0; i < cause_names.size(); ++i) {
    if (cause_names[i] == name) return static_cast<Cause>(i);
  }
  return std::nullopt;
}

/// Something that could not be obtained. A gap without a scan type concerns every rule.
struct Gap {
  Cause cause{};
  std::string detail{};
  std::string hint{};
  std::optional<ScanType> scan_type{};
  /// False where no policy may soften it (certificate faults, 401, 403 without quota).
  bool softenable{true};
  friend bool operator==(const Gap&, const Gap&) = default;
};

}  // namespace kolega
