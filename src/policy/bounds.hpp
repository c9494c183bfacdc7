// Bounds such as ">=9.0" on a CVSS score and ">30d" on an age, and the days of a policy.
// Not for: bounds on severities; those are sets (condition.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/yaml.hpp"

namespace kolega::policy {

class Reader;

enum class Comparison { at_least, greater, at_most, less };

/// A bound on a CVSS score; tenths, because scores have one decimal and equal policies must read equal.
struct CvssBound {
  Comparison comparison{};
  int tenths{};
  bool holds(double score) const;
  friend bool operator==(const CvssBound&, const CvssBound&) = default;
};

/// A bound on the time since a finding was first detected.
struct AgeBound {
  Comparison comparison{};
  Duration than{};
  bool holds(Duration age) const;
  friend bool operator==(const AgeBound&, const AgeBound&) = default;
};

/// ">=9.0"; parse_cvss_bound() reads it back.
std::string describe(const CvssBound& bound);
/// ">30d".
std::string describe(const AgeBound& bound);

/// Nothing, with a remark, when the value is no such bound, or one that holds for every score or for none.
std::optional<CvssBound> read_cvss_bound(const yaml::Node& value, Reader& reader);
std::optional<AgeBound> read_age_bound(const yaml::Node& value, Reader& reader);

/// A day, or an instant with a zone. A day is its midnight UTC.
struct Moment {
  Instant at{};
  bool is_day{};  ///< written as a day
};
std::optional<Moment> read_moment(const yaml::Node& value, std::string_view key, Reader& reader);
/// The canonical form: a day where it is a midnight UTC, else the instant.
std::string describe_moment(Instant at);

}  // namespace kolega::policy
