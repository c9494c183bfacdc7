#include "base/time.hpp"

#include <array>
#include <cstdio>
#include <limits>

#include "base/text.hpp"

namespace kolega {

namespace chrono = std::chrono;

namespace {

struct Unit {
  std::string_view name;
  long long milliseconds;
};
constexpr std::array<Unit, 6> units{
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

/// Reads `count` digits at `at` and moves on; nothing when there are fewer.
std::optional<int> read_digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  const auto value = parse_decimal(text.substr(at, count));
  if (!value) return std::nullopt;
  at += count;
  return static_cast<int>(*value);
}

bool read_char(std::string_view text, std::size_t& at, std::string_view one_of) {
  if (at >= text.size() || one_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

std::optional<chrono::sys_days> read_day(std::string_view text, std::size_t& at) {
  const auto year = read_digits(text, at, 4);
  if (!year || !read_char(text, at, "-")) return std::nullopt;
  const auto month = read_digits(text, at, 2);
  if (!month || !read_char(text, at, "-")) return std::nullopt;
  const auto day = read_digits(text, at, 2);
  if (!day) return std::nullopt;
  const chrono::year_month_day date{chrono::year{*year}, chrono::month{static_cast<unsigned>(*month)},
                                    chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days{date};
}

/// Hours, minutes, seconds and a fraction cut to microseconds.
std::optional<chrono::microseconds> read_time_of_day(std::string_view text, std::size_t& at) {
  const auto hour = read_digits(text, at, 2);
  if (!hour || *hour > 23 || !read_char(text, at, ":")) return std::nullopt;
  const auto minute = read_digits(text, at, 2);
  if (!minute || *minute > 59 || !read_char(text, at, ":")) return std::nullopt;
  const auto second = read_digits(text, at, 2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second, folded into the next minute
  long long micros = 0;
  if (read_char(text, at, ".,")) {
    const auto start = at;
    for (int digits = 0; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
      if (digits < 6) micros = micros * 10 + (text[at] - '0');
    }
    if (at == start) return std::nullopt;
    for (auto digits = at - start; digits < 6; ++digits) micros *= 10;
  }
  return chrono::hours{*hour} + chrono::minutes{*minute} + chrono::seconds{*second} +
         chrono::microseconds{micros};
}

std::optional<chrono::minutes> read_zone(std::string_view text, std::size_t& at) {
  if (at == text.size() || read_char(text, at, "Zz")) return chrono::minutes{0};
  const bool west = text[at] == '-';
  if (!read_char(text, at, "+-")) return std::nullopt;
  const auto hours = read_digits(text, at, 2);
  read_char(text, at, ":");
  const auto minutes = read_digits(text, at, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = chrono::hours{*hours} + chrono::minutes{*minutes};
  return west ? -offset : offset;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  long long total = 0;
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto count = parse_decimal(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto name = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(name.size());
    const Unit* unit = nullptr;
    for (const auto& candidate : units) {
      if (candidate.name == name) unit = &candidate;
    }
    // A hundred years is beyond any use and far from overflow.
    constexpr long long limit = 100LL * 366 * 86'400'000;
    if (!unit || !count || *count > limit / unit->milliseconds) return std::nullopt;
    total += *count * unit->milliseconds;
    if (total > limit) return std::nullopt;
  }
  return Duration{total};
}

std::string format_duration(Duration duration) {
  auto left = duration.count();
  if (left == 0) return "0s";
  std::string out;
  for (const auto& unit : units) {
    if (unit.name == "w") continue;
    const auto count = left / unit.milliseconds;
    if (count > 0) out += std::to_string(count) + std::string(unit.name);
    left -= count * unit.milliseconds;
  }
  return out;
}

std::string render_duration(Duration duration) {
  const auto ms = duration.count();
  std::array<char, 48> buffer{};
  if (ms < 10'000) {
    std::snprintf(buffer.data(), buffer.size(), "%lld.%llds", static_cast<long long>(ms / 1000),
                  static_cast<long long>(ms % 1000 / 100));
  } else if (ms < 60'000) {
    std::snprintf(buffer.data(), buffer.size(), "%llds", static_cast<long long>(ms / 1000));
  } else if (ms < 3'600'000) {
    std::snprintf(buffer.data(), buffer.size(), "%lldm %02llds", static_cast<long long>(ms / 60'000),
                  static_cast<long long>(ms / 1000 % 60));
  } else {
    std::snprintf(buffer.data(), buffer.size(), "%lldh %02lldm", static_cast<long long>(ms / 3'600'000),
                  static_cast<long long>(ms / 60'000 % 60));
  }
  return buffer.data();
}

std::optional<Instant> parse_instant(std::string_view text) {
  std::size_t at = 0;
  const auto day = read_day(text, at);
  if (!day || !read_char(text, at, "Tt ")) return std::nullopt;
  const auto time = read_time_of_day(text, at);
  if (!time) return std::nullopt;
  const auto zone = read_zone(text, at);
  if (!zone || at != text.size()) return std::nullopt;
  return Instant{*day} + *time - *zone;
}

std::optional<Instant> parse_date(std::string_view text) {
  std::size_t at = 0;
  const auto day = read_day(text, at);
  if (!day || at != text.size()) return std::nullopt;
  return Instant{*day};
}

std::string format_instant_seconds(Instant at) {
  const auto days = chrono::floor<chrono::days>(at);
  const chrono::year_month_day date{days};
  const chrono::hh_mm_ss time{chrono::floor<chrono::seconds>(at - days)};
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return buffer.data();
}

std::string format_instant(Instant at) {
  auto out = format_instant_seconds(at);
  auto micros = (at - chrono::floor<chrono::seconds>(at)).count();
  if (micros == 0) return out;
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), ".%06lld", static_cast<long long>(micros));
  std::string fraction = buffer.data();
  while (fraction.ends_with('0')) fraction.pop_back();
  out.insert(out.size() - 1, fraction);
  return out;
}

}  // namespace kolega
