#include "base/yaml_text.hpp"

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"

namespace kolega::yaml {

bool is_refused_character(char32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n';
  return (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

namespace {

std::string name_of_character(char32_t c) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "U+%04X", static_cast<unsigned>(c));
  return buffer;
}

}  // namespace

SourceText::SourceText(std::string_view text, const std::string& file) : text_(text), file_(file) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
}

Place SourceText::place(int offset, int line, int column) const {
  if (offset < 0 || line < 0 || column < 0) return {};
  const auto at = static_cast<std::size_t>(offset);
  if (at < text_.size()) return {at, line, column};
  // At the end: the last character that is not white space shows the line that stopped short.
  const auto last = text_.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? Place{} : place_of(last);
}

Place SourceText::place_of(std::size_t offset) const {
  const auto before = text_.substr(0, offset);
  const auto start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  return {offset, static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          static_cast<int>(offset - start)};
}

SourcePos SourceText::position(const Place& at) const {
  return {file_, at.line + 1, at.column + 1};
}

bool SourceText::has_null_at(const Place& at) const {
  const auto rest = text_.substr(std::min(at.offset, text_.size()), 4);
  return rest.starts_with('~') || iequals_ascii(rest, "null");
}

bool SourceText::is_indented_by_tab(const Place& at) const {
  const auto start = text_.substr(0, at.offset).rfind('\n') + 1;
  const auto indent = text_.substr(start, text_.find_first_not_of(" \t", start) - start);
  return indent.find('\t') != std::string_view::npos;
}

void SourceText::refuse(const Place& at, std::string message, std::string hint, int length) const {
  throw Refused{{Diagnostic::Level::error, position(at), std::move(message), std::move(hint), length}};
}

void SourceText::refuse_file(std::string message, std::string hint) const {
  throw Refused{{Diagnostic::Level::error, {.file = file_}, std::move(message), std::move(hint)}};
}

void SourceText::require_readable(std::size_t max_bytes, std::size_t max_depth) const {
  if (text_.size() > max_bytes) {
    refuse_file("the file has " + std::to_string(text_.size()) + " bytes, more than the " +
                    std::to_string(max_bytes) + " that are allowed",
                "is this the right file?");
  }
  if (const auto bad = find_invalid_utf8(text_)) {
    refuse(place_of(*bad), "not UTF-8", "save the file as UTF-8");
  }
  require_characters();
  require_short_lines();
  require_shallow(max_depth);
}

/// As long as a line may turn out to be a key, yaml-cpp keeps every token of it: a list of 1 MiB in one line
/// takes 190 MB.
void SourceText::require_short_lines() const {
  constexpr std::size_t longest = 64 * 1024;
  for (std::size_t at = 0; at < text_.size();) {
    const auto end = std::min(text_.find('\n', at), text_.size());
    if (end - at > longest) {
      refuse(place_of(at), "a line of more than " + std::to_string(longest) + " bytes",
             "write it as several lines");
    }
    at = end + 1;
  }
}

void SourceText::require_characters() const {
  for (std::size_t at = 0; at < text_.size();) {
    const auto point = decode_utf8(text_.substr(at));
    const bool line_end = point.value == '\r' && text_.substr(at + 1, 1) == "\n";
    if (is_refused_character(point.value) && !line_end) {
      refuse(place_of(at), "the character " + name_of_character(point.value) + " is not allowed",
             "it does not show, or changes how the text shows; remove it");
    }
    at += point.length;
  }
}

/// yaml-cpp has its own bound at 500 levels, but needs seconds to arrive there when a line opens a million of
/// them. Brackets in comments and quotes count too, hence the generous factor: they come in pairs there.
void SourceText::require_shallow(std::size_t max_depth) const {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text_.size(); ++at) {
    const char c = text_[at];
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > 8 * max_depth) {
      refuse(place_of(at), "nested deeper than " + std::to_string(max_depth) + " levels",
             "a policy is far flatter");
    }
  }
}

void SourceText::require_closed_quote(const Place& at) const {
  const char quote = char_at(at);
  if (quote != '"' && quote != '\'') return;
  for (auto i = at.offset + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '"' || i + 1 >= text_.size() || text_[i + 1] != quote) return;
      ++i;  // '' is an escaped quote
    }
  }
  refuse(at, "the quote that opens here is never closed", "add the closing quote");
}

void SourceText::require_clean_value(const Place& at, std::string_view value) const {
  while (!value.empty()) {
    const auto point = decode_utf8(value);
    const bool malformed = point.value == 0xFFFD && point.length == 1;
    if (malformed || is_refused_character(point.value)) {
      refuse(at, "an escape in this text stands for a character that is not allowed", "remove it");
    }
    value.remove_prefix(point.length);
  }
}

}  // namespace kolega::yaml
