// The formats of a fleet's summary: one row each. Option values, help and completion read this table.
// Not for: SARIF, which is written in several files (sarif_parts.hpp).
#pragma once

#include <iosfwd>
#include <string_view>
#include <vector>

#include "fleet/summary.hpp"

namespace kolega::fleet {

struct FormatOptions {
  bool colour{};            ///< table only
  std::size_t width{100};   ///< table only: columns
};

struct Format {
  std::string_view name{};
  std::string_view summary{};   ///< one phrase for the help
  /// Nothing: it is SARIF.
  void (*write)(const Fleet&, const Summary&, const FormatOptions&, std::ostream&){};
};

const std::vector<Format>& formats();
const Format* find_format(std::string_view name);
std::vector<std::string_view> format_names();

/// The active findings, "critical 1, high 2"; empty when there are none.
std::string describe_severities(const Row& row);
/// The policies by name with the beginning of their digests, for a footer. Hostile text.
std::string describe_policies(const Fleet& fleet);

void write_table(const Fleet&, const Summary&, const FormatOptions&, std::ostream&);
void write_json(const Fleet&, const Summary&, const FormatOptions&, std::ostream&);
void write_markdown(const Fleet&, const Summary&, const FormatOptions&, std::ostream&);
void write_html(const Fleet&, const Summary&, const FormatOptions&, std::ostream&);
void write_junit(const Fleet&, const Summary&, const FormatOptions&, std::ostream&);

}  // namespace kolega::fleet
