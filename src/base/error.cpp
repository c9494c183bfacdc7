#include "base/error.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega {

std::string describe(const SourcePos& pos) {
  std::string out = pos.file;
  if (pos.line > 0) out += ":" + std::to_string(pos.line);
  if (pos.line > 0 && pos.column > 0) out += ":" + std::to_string(pos.column);
  return out;
}

Error::Error(ErrorKind kind, std::string message, std::string hint, std::optional<SourcePos> pos)
    : kind_(kind), message_(std::move(message)), hint_(std::move(hint)), pos_(std::move(pos)) {
  rebuild();
}

void Error::rebuild() {
  what_ = pos_ ? describe(*pos_) + ": " + message_ : message_;
}

Error& Error::with_excerpt(std::string text) {
  excerpt_ = std::move(text);
  return *this;
}

Error& Error::with_signal(int number) {
  signal_ = number;
  return *this;
}

Error& Error::within(std::string_view prefix) {
  message_ = std::string(prefix) + ": " + message_;
  rebuild();
  return *this;
}

std::string render(const Error& error) {
  std::string out = error.what();
  if (!error.excerpt().empty()) out += "\n" + error.excerpt();
  if (!error.hint().empty()) out += "\nhint: " + error.hint();
  return out;
}

namespace {

/// The line of `source` with this number (from 1), without its line ending.
std::string_view line_of(std::string_view source, int number) {
  for (int n = 1; n < number; ++n) {
    const auto end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  auto line = source.substr(0, source.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Line and underline, cut to a window around the column so that a hostile line cannot flood the log.
std::string excerpt_of(std::string_view line, int column, int length) {
  constexpr std::size_t window = 100;
  auto at = std::min<std::size_t>(column > 0 ? static_cast<std::size_t>(column) - 1 : 0, line.size());
  std::size_t begin = line.size() > window && at > 60 ? at - 60 : 0;
  while (begin > 0 && (static_cast<unsigned char>(line[begin]) & 0xC0) == 0x80) --begin;
  const auto shown = printable(line.substr(begin, window));
  const auto before = printable(line.substr(begin, at - begin));
  const auto width =
      std::max<std::size_t>(1, std::min<std::size_t>(static_cast<std::size_t>(std::max(length, 1)),
                                                     line.size() > at ? line.size() - at : 1));
  std::string out = "  | " + std::string(begin > 0 ? "..." : "") + shown + "\n  | ";
  out.append((begin > 0 ? 3 : 0) + display_width(before), ' ');
  out += '^';
  if (width > 1) out.append(std::min<std::size_t>(width, window) - 1, '~');
  return out;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view source) {
  std::string out = describe(diagnostic.pos);
  out += diagnostic.level == Diagnostic::Level::error ? ": error: " : ": warning: ";
  out += diagnostic.message;
  if (diagnostic.pos.line > 0 && !source.empty()) {
    const auto line = line_of(source, diagnostic.pos.line);
    if (!line.empty()) out += "\n" + excerpt_of(line, diagnostic.pos.column, diagnostic.length);
  }
  if (!diagnostic.hint.empty()) out += "\n  hint: " + diagnostic.hint;
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.level == Diagnostic::Level::error; });
}

}  // namespace kolega
