// Tables of the API commands for people: they fit the terminal and let no hostile text through.
// Not for: reports of a verdict (report/table.cpp).
#pragma once

#include <string>
#include <vector>

#include "base/log_text.hpp"

namespace kolega::cli {

using Row = std::vector<std::string>;

/// The first row is the heading. When the whole is wider than `columns`, the widest column gives way, but
/// never the first: it is the id that people copy.
void write_rows(const LogOut& out, const std::vector<Row>& rows, std::size_t columns);

/// "label  value" lines, the values lined up; pairs without a value are left out.
void write_facts(const LogOut& out, const std::vector<std::pair<std::string, std::string>>& facts,
                 std::size_t columns);

}  // namespace kolega::cli
