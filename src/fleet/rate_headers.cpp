#include "fleet/rate_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "net/retry_policy.hpp"

namespace kolega::fleet {

namespace {

/// A larger number of seconds is a date: no window is that long (2001-09-09 in Unix time).
constexpr double first_unix_time = 1e9;
constexpr double longest_window = 366.0 * 24 * 3600;

std::optional<double> number_of(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = fault == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<double> header_number(const net::Response& answer, std::string_view name) {
  const auto header = answer.header(name);
  return header ? number_of(*header) : std::nullopt;
}

/// The value of a parameter in "\"default\";r=5;t=7" or "limit=100, remaining=5".
std::optional<double> parameter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(";,"), text.size());
    const auto part = trim(text.substr(0, end));
    const auto equals = part.find('=');
    if (equals != std::string_view::npos && trim(part.substr(0, equals)) == name)
      return number_of(part.substr(equals + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

std::optional<Duration> window_of(double reset, const net::Response& answer, Instant now) {
  if (reset > first_unix_time) {
    const auto date = answer.header("Date");
    const auto from = date ? net::parse_http_date(trim(*date)).value_or(now) : now;
    reset -= std::chrono::duration<double>(from.time_since_epoch()).count();
  }
  if (reset > longest_window) return std::nullopt;
  return Duration{static_cast<Duration::rep>(std::max(0.0, reset) * 1000)};
}

struct Counted {
  std::optional<double> remaining{};
  std::optional<double> reset{};
};

Counted counted_in(const net::Response& answer) {
  if (const auto combined = answer.header("RateLimit")) {
    for (const auto& [remaining, reset] : {std::pair{"r", "t"}, std::pair{"remaining", "reset"}}) {
      const Counted found{parameter(*combined, remaining), parameter(*combined, reset)};
      if (found.remaining && found.reset) return found;
    }
  }
  for (const std::string prefix : {"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"}) {
    const Counted found{header_number(answer, prefix + "Remaining"), header_number(answer, prefix + "Reset")};
    if (found.remaining && found.reset) return found;
  }
  return {};
}

}  // namespace

RateWord read_rate_word(const net::Response& answer, Instant now) {
  RateWord word;
  word.asked = net::asked_wait(answer, now);
  // 503 with Retry-After is overload: everybody is asked to wait.
  word.limited = answer.status == 429 || (answer.status == 503 && word.asked);
  const auto counted = counted_in(answer);
  if (counted.remaining && counted.reset) {
    word.remaining = counted.remaining;
    word.resets_in = window_of(*counted.reset, answer, now);
  }
  return word;
}

}  // namespace kolega::fleet
