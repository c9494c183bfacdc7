// Hostile text folded into lines for a terminal or a job log. Not for: tables and headings (table.cpp, explain.cpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kolega::report {

/// Words into lines of at most `width` columns, each safe as log_line() makes it; a longer word is cut into pieces, what
/// is beyond six lines left out.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace kolega::report
