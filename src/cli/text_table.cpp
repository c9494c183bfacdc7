#include "cli/text_table.hpp"

#include <algorithm>
#include <numeric>

#include "base/text.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

std::vector<std::size_t> widths_of(const std::vector<Row>& rows, std::size_t columns) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(log_line(row[i]).view()));
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

}  // namespace

void write_rows(const LogOut& out, const std::vector<Row>& rows, std::size_t columns) {
  const auto widths = widths_of(rows, columns);
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto cell = log_line(row[i], widths[i]);
      line += cell.view();
      if (i + 1 < row.size())
        line.append(widths[i] - std::min(widths[i], display_width(cell.view())) + gap, ' ');
    }
    out.line(log_line(trim("|" + line).substr(1)));
  }
  out.flush();
}

void write_facts(const LogOut& out, const std::vector<std::pair<std::string, std::string>>& facts,
                 std::size_t columns) {
  std::size_t width = 0;
  for (const auto& [label, value] : facts) width = std::max(width, value.empty() ? 0 : label.size());
  for (const auto& [label, value] : facts) {
    if (value.empty()) continue;
    const auto room = columns > width + gap + narrowest ? columns - width - gap : narrowest;
    out.line(log_line(label) + LogSink::blanks(width - label.size() + gap) + log_line(value, room));
  }
  out.flush();
}

}  // namespace kolega::cli
