#include "ingest/diff_names.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::ingest {

void fail_at(const SourcePos& pos, std::string message, std::string_view line, std::string hint) {
  Error error(ErrorKind::input, std::move(message), std::move(hint), pos);
  if (!line.empty()) error.with_excerpt("  " + printable(line, 100));
  throw error;
}

void require_size(std::string_view text, const std::string& file) {
  constexpr std::size_t longest = 1ULL << 30;
  if (text.size() > longest) throw Error(ErrorKind::input, file + ": longer than 1 GiB");
}

namespace {

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// The byte that stands behind a backslash; `at` is moved to its last character. Source: quote.c of git.
std::optional<char> escaped_byte(std::string_view text, std::size_t& at) {
  constexpr std::string_view letters = "abtnvfr\"\\";
  constexpr std::string_view bytes = "\a\b\t\n\v\f\r\"\\";
  if (at >= text.size()) return std::nullopt;
  if (const auto letter = letters.find(text[at]); letter != std::string_view::npos) return bytes[letter];
  if (at + 2 >= text.size() || text[at] > '3' || !is_octal(text[at]) || !is_octal(text[at + 1]) ||
      !is_octal(text[at + 2])) {
    return std::nullopt;
  }
  const int value = (text[at] - '0') * 64 + (text[at + 1] - '0') * 8 + (text[at + 2] - '0');
  at += 2;
  return static_cast<char>(value);
}

std::string with_valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    append_utf8(out, point.value);
    text.remove_prefix(point.length);
  }
  return out;
}

bool is_drive(std::string_view path) {
  const auto letter = path.empty() ? '\0' : path[0];
  const bool alphabetic = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  return path.size() >= 3 && alphabetic && path[1] == ':' && path[2] == '/';
}

}  // namespace

std::string take_quoted(std::string_view& text, const SourcePos& pos) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const auto byte = escaped_byte(text, ++i);
    if (!byte) fail_at(pos, "a quoted file name holds an escape that git does not write", text);
    out += *byte;
  }
  fail_at(pos, "a quoted file name has no closing quote", text);
}

std::string repository_path(std::string_view name, const SourcePos& pos) {
  const auto refuse = [&](const char* why) {
    fail_at(pos, "file name '" + printable(name, 80) + "' " + why, {},
            "paths are relative to the repository's root, as `git diff` writes them");
  };
  std::string slashes(name);
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  if (name.empty()) refuse("is empty");
  if (name.find('\0') != std::string_view::npos) refuse("holds a zero byte");
  if (slashes.starts_with('/') || is_drive(slashes)) refuse("is absolute");
  std::string out;
  out.reserve(slashes.size());
  for (const auto segment : split(slashes, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") refuse("leads out of the repository");
    if (!out.empty()) out += '/';
    out += segment;
  }
  if (out.empty()) refuse("names no file");
  return find_invalid_utf8(out) ? with_valid_utf8(out) : out;
}

bool has_prefix(std::string_view name) {
  // a/ b/; with diff.mnemonicPrefix c/ i/ w/ o/; of `git diff --no-index` 1/ 2/.
  constexpr std::string_view letters = "abciwo12";
  return name.size() > 2 && name[1] == '/' && letters.find(name[0]) != std::string_view::npos;
}

std::optional<HeaderName> find_header_name(std::string_view names, const SourcePos& pos) {
  std::string left;
  std::string right;
  if (names.starts_with('"')) {
    left = take_quoted(names, pos);
    if (!names.starts_with(" \"")) return std::nullopt;
    names.remove_prefix(1);
    right = take_quoted(names, pos);
    if (!names.empty()) return std::nullopt;
  } else {
    // Both are of one length, so a blank inside a name cannot move the place where they part.
    const auto middle = names.size() / 2;
    if (names.size() % 2 == 0 || names[middle] != ' ') return std::nullopt;
    left = names.substr(0, middle);
    right = names.substr(middle + 1);
  }
  if (left == right) return HeaderName{left, false};
  const bool same = has_prefix(left) && has_prefix(right) && left[0] != right[0] &&
                    std::string_view(left).substr(2) == std::string_view(right).substr(2);
  if (!same) return std::nullopt;
  return HeaderName{left.substr(2), true};
}

std::string side_name(std::string_view text, const SourcePos& pos) {
  if (!text.starts_with('"')) return std::string(text.substr(0, text.find('\t')));
  auto name = take_quoted(text, pos);
  if (!text.empty() && text[0] != '\t') fail_at(pos, "there is text behind a quoted file name", text);
  return name;
}

}  // namespace kolega::ingest
