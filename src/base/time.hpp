// Instants and durations as the command line, the policy and the API write them.
// Not for: reading the clock (sys/clock.hpp); the core gets every instant as a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kolega {

/// A moment in UTC; microseconds, because the API writes them and a record must lose nothing.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::milliseconds;

/// "250ms", "90s", "30m", "2h", "7d", and sums such as "1h30m"; nothing when it does not parse or overflows.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest exact form: 90s is "90s", 3600s is "1h", 5400s is "1h30m".
std::string format_duration(Duration duration);
/// For people: "4m 12s", "42s", "0.3s".
std::string render_duration(Duration duration);

/// RFC 3339 with zone ("Z" or offset); also without one (the API's older servers), then taken as UTC.
std::optional<Instant> parse_instant(std::string_view text);
/// "2027-01-31" as that day's midnight UTC; nothing when it is no real day.
std::optional<Instant> parse_date(std::string_view text);
/// RFC 3339 in UTC with "Z"; a fraction only where it is not zero.
std::string format_instant(Instant at);
/// RFC 3339 in whole seconds.
std::string format_instant_seconds(Instant at);

}  // namespace kolega
