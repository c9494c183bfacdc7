// Small operations on text: trimming, splitting, UTF-8, nearest names, what may be shown on a terminal.
// Not for: escaping into report formats (report/escape.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kolega {

std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
bool iequals_ascii(std::string_view a, std::string_view b);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

/// Trimmed, every run of white space folded into one blank. Used by the join of results with findings.
std::string collapse_white_space(std::string_view text);

/// Offset of the first byte that is not well-formed UTF-8 (overlong forms and surrogates are not), or nothing.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// One decoded code point and how many bytes it took; malformed input gives U+FFFD and length 1.
struct CodePoint {
  char32_t value{};
  std::size_t length{};
};
CodePoint decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

/// Text made safe for one line of a terminal or log: controls (C0, C1, DEL), line and paragraph separators,
/// bidirectional marks and malformed bytes become \uXXXX. The one escaping for human output; text that reaches
/// a CI log goes through report/escape.hpp as well.
std::string printable(std::string_view text);
void append_printable(std::string& out, std::string_view text);
/// The same, cut to `width` columns with "..." at the end when it was longer.
std::string printable(std::string_view text, std::size_t width);
/// Columns on a terminal, counting code points (wide characters are counted as one).
std::size_t display_width(std::string_view text);

/// The candidate nearest to `word` by edit distance, when near enough to be a slip of the pen.
std::optional<std::string> find_nearest(std::string_view word, std::span<const std::string_view> candidates);
/// "did you mean 'x'?" or the list of what is allowed; for hints.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

/// "1 finding", "2 findings", "3 batches": English plural by -s or -es.
std::string plural(std::size_t count, std::string_view singular);

/// Decimal digits only, no sign, no blanks, no overflow; otherwise nothing.
std::optional<long long> parse_decimal(std::string_view text);

}  // namespace kolega
