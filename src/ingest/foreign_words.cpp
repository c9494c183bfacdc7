#include "ingest/foreign_words.hpp"

#include "base/text.hpp"

namespace kolega::ingest {

std::optional<std::uint32_t> find_line_number(const JsonScalar& scalar) {
  constexpr std::int64_t largest = 0x7FFFFFFF;
  if (scalar.kind != JsonScalar::Kind::integer || scalar.integer <= 0 || scalar.integer > largest)
    return std::nullopt;
  return static_cast<std::uint32_t>(scalar.integer);
}

std::optional<Severity> find_severity_of_level(std::string_view level) {
  if (iequals_ascii(level, "error")) return Severity::high;
  if (iequals_ascii(level, "warning")) return Severity::medium;
  if (iequals_ascii(level, "note")) return Severity::low;
  if (iequals_ascii(level, "none")) return Severity::info;
  return std::nullopt;
}

}  // namespace kolega::ingest
