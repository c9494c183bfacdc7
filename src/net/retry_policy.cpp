#include "net/retry_policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace kolega::net {

namespace chrono = std::chrono;

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> find_month(std::string_view name) {
  const auto found = std::find(months.begin(), months.end(), name);
  if (found == months.end()) return std::nullopt;
  return static_cast<unsigned>(found - months.begin()) + 1;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Duration> wait_of_seconds(std::string_view digits) {
  const auto seconds = parse_decimal(digits);
  constexpr long long limit = Duration::max().count() / 1000;
  if (!seconds || *seconds > limit) return Duration::max();
  return Duration{*seconds * 1000};
}

}  // namespace

bool is_transient_status(int status) {
  switch (status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

std::optional<Instant> parse_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT": fixed width, so the fields are cut by position.
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto day = parse_decimal(text.substr(5, 2));
  const auto month = find_month(text.substr(8, 3));
  const auto year = parse_decimal(text.substr(12, 4));
  const auto hour = parse_decimal(text.substr(17, 2));
  const auto minute = parse_decimal(text.substr(20, 2));
  const auto second = parse_decimal(text.substr(23, 2));
  if (!day || !month || !year || !hour || !minute || !second) return std::nullopt;
  const chrono::year_month_day date{chrono::year{static_cast<int>(*year)}, chrono::month{*month},
                                    chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Instant{chrono::sys_days{date}} + chrono::hours{*hour} + chrono::minutes{*minute} +
         chrono::seconds{*second};
}

std::optional<Duration> asked_wait(const Response& response, Instant now) {
  const auto header = response.header("Retry-After");
  if (!header) return std::nullopt;
  const auto text = trim(*header);
  if (is_digits(text)) return wait_of_seconds(text);
  const auto until = parse_http_date(text);
  if (!until) return std::nullopt;
  const auto server_time = response.header("Date");
  const auto from = server_time ? parse_http_date(trim(*server_time)).value_or(now) : now;
  return std::max(Duration{}, chrono::duration_cast<Duration>(*until - from));
}

Duration backoff(int repeat, const RetryOptions& options, double random) {
  const auto longest = std::min(static_cast<double>(options.cap.count()),
                                static_cast<double>(options.base.count()) * std::exp2(repeat));
  return Duration{static_cast<Duration::rep>(random * longest)};
}

}  // namespace kolega::net
