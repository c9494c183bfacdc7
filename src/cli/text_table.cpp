#include "cli/text_table.hpp"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "report/escape.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

std::vector<std::size_t> widths_of(const std::vector<Row>& rows, std::size_t columns) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(report::log_line(row[i])));
    }
  }
  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1)); };
  while (widths.size() > 1 && total() > columns) {
    auto& widest = *std::max_element(widths.begin() + 1, widths.end());
    if (widest <= narrowest) break;
    widest = std::max(narrowest, widest - std::min(widest - narrowest, total() - columns));
  }
  return widths;
}

void check(std::ostream& out) {
  out.flush();
  if (!out) throw Error(ErrorKind::output, "cannot write to standard output");
}

}  // namespace

void write_rows(std::ostream& out, const std::vector<Row>& rows, std::size_t columns) {
  const auto widths = widths_of(rows, columns);
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto cell = report::log_line(row[i], widths[i]);
      line += cell;
      if (i + 1 < row.size()) line.append(widths[i] - std::min(widths[i], display_width(cell)) + gap, ' ');
    }
    out << trim("|" + line).substr(1) << '\n';
  }
  check(out);
}

void write_facts(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& facts,
                 std::size_t columns) {
  std::size_t width = 0;
  for (const auto& [label, value] : facts) width = std::max(width, value.empty() ? 0 : label.size());
  for (const auto& [label, value] : facts) {
    if (value.empty()) continue;
    const auto room = columns > width + gap + narrowest ? columns - width - gap : narrowest;
    out << label << std::string(width - label.size() + gap, ' ') << report::log_line(value, room) << '\n';
  }
  check(out);
}

}  // namespace kolega::cli
