// Waivers as data: who accepted which findings, why, and until when.
// Not for: assigning them to findings (gate/waivers.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "policy/condition.hpp"

namespace kolega::policy {

struct Waiver {
  std::string id{};
  Condition match{};
  std::uint64_t limit{1};                   ///< takes at most so many findings
  std::string owner{};
  std::string reason{};
  std::string ticket{};
  std::string justification{};
  std::optional<Instant> until{};           ///< the first instant at which it does not apply; nothing: no end
  SourcePos pos{};
};

enum class WaiverField { owner, reason, ticket, expires, justification };
inline constexpr std::array<std::string_view, 5> waiver_field_names{"owner", "reason", "ticket", "expires",
                                                                    "justification"};
constexpr std::string_view name_of(WaiverField field) { return waiver_field_names[static_cast<std::size_t>(field)]; }

enum class Unused { ok, warn, fail };
inline constexpr std::array<std::string_view, 3> unused_names{"ok", "warn", "fail"};

enum class WaiverSide { base, head };
inline constexpr std::array<std::string_view, 2> waiver_side_names{"base", "head"};

struct Waivers {
  std::vector<WaiverField> require{WaiverField::owner, WaiverField::reason, WaiverField::ticket,
                                   WaiverField::expires};
  std::uint64_t max_days{90};
  Duration remind{std::chrono::hours{14 * 24}};
  Unused unused{Unused::warn};
  WaiverSide from{WaiverSide::base};
  std::vector<Waiver> list{};               ///< by id
};

/// True when the waiver's end lies more than `max_days` behind `at`.
bool is_too_long(const Waivers& waivers, const Waiver& waiver, Instant at);
/// "2026-12-15" for a waiver that is valid through that day, else its instant; "no end".
std::string describe_end(const Waiver& waiver);

}  // namespace kolega::policy
