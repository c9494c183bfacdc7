// What scanners' formats have in common below the level of a finding: line numbers and levels.
// Not for: a format's own places (sarif_reader.cpp, semgrep.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/path_reader.hpp"
#include "model/severity.hpp"

namespace kolega::ingest {

inline constexpr std::string_view odd_line_remark = "line numbers that are none, taken as unknown";

/// Nothing for what is no line number; 0 never.
std::optional<std::uint32_t> find_line_number(const JsonScalar& scalar);

/// error, warning, note, none as SARIF and Semgrep mean them, in any case: high, medium, low, info.
std::optional<Severity> find_severity_of_level(std::string_view level);

}  // namespace kolega::ingest
