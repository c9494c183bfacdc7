#include "base/log_text.hpp"

#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega {

namespace {

/// What .NET's TrimStart takes away and printable() leaves: the GitHub runner trims a line before it looks
/// for `::`.
bool is_leading_space(char32_t c) {
  return c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::size_t skip_leading_space(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto point = decode_utf8(text.substr(at));
    if (!is_leading_space(point.value)) break;
    at += point.length;
  }
  return at;
}

constexpr std::size_t longest_command = 6;  // "##vso["

/// How many bytes of `text` make a runner look for a command; 0: none.
std::size_t command_at(std::string_view text) {
  if (text.starts_with("##[")) return 3;
  return text.starts_with("##") && iequals_ascii(text.substr(2, 4), "vso[") ? longest_command : 0;
}

/// A blank inside every `##[` and `##vso[`: GitHub's runner and Azure's agent find them anywhere in a line.
void break_commands(std::string& line) {
  for (std::size_t at = 0; (at = line.find("##", at)) != std::string::npos; ++at) {
    if (command_at(std::string_view(line).substr(at)) > 0) line.insert(at + 1, 1, ' ');
  }
}

std::string safe_line(std::string_view text) {
  auto line = printable(text);
  break_commands(line);
  const auto start = skip_leading_space(line);
  if (std::string_view(line).substr(start).starts_with("::")) line.insert(start + 1, 1, ' ');
  return line;
}

}  // namespace

LogText LogSink::escape(std::string_view text) {
  return LogText::made_of(safe_line(text));
}

LogText LogSink::escape(std::string_view text, std::size_t width) {
  // Cut before escaping, so that a message of megabytes costs what is shown of it; what is left is still too
  // long.
  return LogText::made_of(printable(safe_line(text.substr(0, std::min(text.size(), width * 4 + 4))), width));
}

LogText LogSink::blanks(std::size_t count) {
  return LogText::made_of(std::string(count, ' '));
}

void LogSink::mend(std::string& text, std::size_t seam) {
  for (std::size_t at = seam - std::min(seam, longest_command - 1); at < seam; ++at) {
    if (at + command_at(std::string_view(text).substr(at)) > seam) {
      text.insert(at + 1, 1, ' ');
      ++seam;
    }
  }
  if (text[seam - 1] != ':' || text[seam] != ':') return;
  const auto line = std::string_view(text).substr(0, seam - 1);
  const auto start = line.rfind('\n') + 1;  // npos + 1 is 0
  if (skip_leading_space(line.substr(start)) == line.size() - start) text.insert(seam, 1, ' ');
}

void LogOut::line(const LogText& text) const {
  *out_ << text.view() << '\n';
}

void LogOut::put(const LogText& text) const {
  *out_ << text.view();
}

void LogOut::flush() const {
  out_->flush();
  if (!*out_) throw Error(ErrorKind::output, "cannot write to standard output");
}

}  // namespace kolega
