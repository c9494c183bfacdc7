#include "report/wrap.hpp"

#include "base/text.hpp"
#include "report/escape.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t most_lines = 6;

}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t columns = 0;
  const auto next_line = [&] {
    lines.push_back(std::move(line));
    line.clear();
    columns = 0;
  };
  const auto safe = log_line(text, width * most_lines);
  for (auto word : split(safe.view(), ' ')) {
    if (columns > 0 && columns + 1 + display_width(word) > width) next_line();
    if (columns > 0) {
      line += ' ';
      ++columns;
    }
    while (!word.empty()) {
      if (columns == width) next_line();
      const auto length = decode_utf8(word).length;
      line += word.substr(0, length);
      word.remove_prefix(length);
      ++columns;
    }
  }
  if (columns > 0) next_line();
  if (lines.size() > most_lines) {
    lines.resize(most_lines);
    lines.back() = printable(lines.back(), width > 4 ? width - 4 : width);
    if (!lines.back().ends_with("...")) lines.back() += " ...";
  }
  return lines;
}

}  // namespace kolega::report
