#include "policy/bounds.hpp"

#include <array>
#include <chrono>

#include "base/text.hpp"
#include "policy/reader.hpp"

namespace kolega::policy {

namespace {

constexpr int highest_cvss = 100;  // tenths

/// Longer ones first: ">=" begins with ">".
constexpr std::array<std::pair<std::string_view, Comparison>, 4> operators{{{">=", Comparison::at_least},
                                                                            {"<=", Comparison::at_most},
                                                                            {">", Comparison::greater},
                                                                            {"<", Comparison::less}}};

template <class T>
bool compares(T value, Comparison comparison, T bound) {
  switch (comparison) {
    case Comparison::at_least:
      return value >= bound;
    case Comparison::greater:
      return value > bound;
    case Comparison::at_most:
      return value <= bound;
    case Comparison::less:
      return value < bound;
  }
  return false;
}

std::string_view sign_of(Comparison comparison) {
  for (const auto& [sign, meaning] : operators) {
    if (meaning == comparison) return sign;
  }
  return {};
}

/// The comparison that a text begins with, and what stands behind it.
std::optional<std::pair<Comparison, std::string_view>> split_bound(std::string_view text) {
  for (const auto& [sign, comparison] : operators) {
    if (text.starts_with(sign)) return std::pair(comparison, trim(text.substr(sign.size())));
  }
  return std::nullopt;
}

/// "9", "9.0", "7.5": a score in tenths.
std::optional<int> parse_score(std::string_view text) {
  const auto dot = text.find('.');
  const auto whole = parse_decimal(text.substr(0, dot));
  if (!whole || *whole > 10 || (dot == std::string_view::npos ? text.size() : dot) > 2) return std::nullopt;
  int tenths = static_cast<int>(*whole) * 10;
  if (dot != std::string_view::npos) {
    const auto rest = text.substr(dot + 1);
    if (rest.size() != 1 || rest[0] < '0' || rest[0] > '9') return std::nullopt;
    tenths += rest[0] - '0';
  }
  return tenths <= highest_cvss ? std::optional(tenths) : std::nullopt;
}

bool has_zone(std::string_view instant) {
  return instant.ends_with('Z') || instant.ends_with('z') ||
         instant.find_first_of("+-", std::string_view("2027-01-31T").size()) != std::string_view::npos;
}

}  // namespace

bool CvssBound::holds(double score) const {
  return compares(score, comparison, tenths / 10.0);
}

bool AgeBound::holds(Duration age) const {
  return compares(age, comparison, than);
}

std::string describe(const CvssBound& bound) {
  return std::string(sign_of(bound.comparison)) + std::to_string(bound.tenths / 10) + "." +
         std::to_string(bound.tenths % 10);
}

std::string describe(const AgeBound& bound) {
  return std::string(sign_of(bound.comparison)) + format_duration(bound.than);
}

std::optional<CvssBound> read_cvss_bound(const yaml::Node& value, Reader& reader) {
  const auto parts = split_bound(value.text);
  const auto score = parts ? parse_score(parts->second) : std::nullopt;
  if (value.kind != yaml::Node::Kind::scalar || !score) {
    reader.error(value, "'cvss' must be a bound on the score", "write for example \">=9.0\"");
    return std::nullopt;
  }
  const CvssBound bound{parts->first, *score};
  const bool lowest = bound.holds(0.0);
  const bool highest = bound.holds(10.0);
  if (lowest == highest) {
    reader.error(value, lowest ? "every score is " + quoted(value.text) : "no score is " + quoted(value.text),
                 "scores are from 0.0 to 10.0");
    return std::nullopt;
  }
  return bound;
}

std::optional<AgeBound> read_age_bound(const yaml::Node& value, Reader& reader) {
  const auto parts = split_bound(value.text);
  const auto than = parts ? parse_duration(parts->second) : std::nullopt;
  if (value.kind != yaml::Node::Kind::scalar || !than || *than == Duration::zero()) {
    reader.error(value, "'age' must be a bound on the time since the finding was first detected",
                 "write for example \">30d\"");
    return std::nullopt;
  }
  return AgeBound{parts->first, *than};
}

std::optional<Moment> read_moment(const yaml::Node& value, std::string_view key, Reader& reader) {
  if (value.kind == yaml::Node::Kind::scalar) {
    if (const auto day = parse_date(value.text)) return Moment{*day, true};
    const auto instant = parse_instant(value.text);
    if (instant && has_zone(value.text)) return Moment{*instant, false};
    if (instant) {
      reader.error(value, quoted(value.text) + " does not say its time zone",
                   "write for example 2027-01-31T18:00:00Z, or the day alone");
      return std::nullopt;
    }
  }
  reader.error(value, "'" + std::string(key) + "' must be a day or an instant with its time zone",
               "write for example 2027-01-31 or 2027-01-31T18:00:00Z");
  return std::nullopt;
}

std::string describe_moment(Instant at) {
  auto text = format_instant(at);
  const bool midnight = at == std::chrono::floor<std::chrono::days>(at);
  return midnight ? text.substr(0, text.find('T')) : text;
}

}  // namespace kolega::policy
