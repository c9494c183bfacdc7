#include "report/escape.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/clean_run.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::report {

namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_punctuation(char c) {
  return c > 0x20 && c < 0x7F && !is_alnum(c);
}

}  // namespace

namespace {

struct Replacement {
  char character{};
  std::string_view text{};
};

std::string replaced(std::string_view line, std::span<const Replacement> table) {
  std::string out;
  out.reserve(line.size() + line.size() / 8);
  for (const char c : line) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [c](const Replacement& entry) { return entry.character == c; });
    if (found == table.end()) {
      out += c;
    } else {
      out += found->text;
    }
  }
  return out;
}

// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs, escapes of data and
// properties
constexpr std::array<Replacement, 3> github_data_table{{{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}}};
constexpr std::array<Replacement, 5> github_property_table{
    {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}}};
// https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands#formatting-commands
constexpr std::array<Replacement, 5> azure_table{
    {{'%', "%AZP25"}, {'\r', "%0D"}, {'\n', "%0A"}, {';', "%3B"}, {']', "%5D"}}};

}  // namespace

GithubCommands GithubSink::data(std::string_view text) {
  return GithubCommands::made_of(replaced(log_line(text).view(), github_data_table));
}

GithubCommands GithubSink::property(std::string_view text) {
  return GithubCommands::made_of(replaced(log_line(text).view(), github_property_table));
}

AzureCommands AzureSink::escape(std::string_view text) {
  return AzureCommands::made_of(replaced(log_line(text).view(), azure_table));
}

AzureCommands AzureSink::line(std::string_view text) {
  return AzureCommands::made_of(log_line(text).str());
}

EnvironmentFile EnvironmentSink::entry(Literal name, std::string_view value, std::string delimiter) {
  if (delimiter.empty() || !std::ranges::all_of(delimiter, [](char c) { return is_alnum(c) || c == '_'; })) {
    throw Error(ErrorKind::internal, "a delimiter that is no word");
  }
  const auto line = log_line(value).str();  // a later step may print it
  while (line.find(delimiter) != std::string::npos) delimiter += '_';
  return EnvironmentFile::made_of(std::string(name.view()) + "<<" + delimiter + "\n" + line + "\n" + delimiter + "\n");
}

namespace {

/// https://www.w3.org/TR/xml/#NT-Char, and without the C1 controls that it discourages.
bool is_xml_char(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return (c < 0x7F || c > 0x9F) && !(c >= 0xD800 && c <= 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
}

std::string_view xml_entity(char32_t c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";  // in text too: `]]>` may not stand there
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\r':
      return "&#13;";
    default:
      return {};
  }
}

}  // namespace

void append_xml_character(std::string& out, char32_t c) {
  if (c == '#' && out.ends_with('#')) {
    out += "&#35;";  // a report in a log must hold no `##[` and no `##vso[`
  } else if (const auto entity = xml_entity(c); !entity.empty()) {
    out += entity;
  } else {
    append_utf8(out, is_xml_char(c) ? c : 0xFFFD);
  }
}

void append_xml(std::string& out, std::string_view text) {
  static constexpr auto special = special_bytes("&<>\"'#");
  while (true) {
    const auto run = clean_run<special>(text);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    const auto point = decode_utf8(text);
    append_xml_character(out, point.value);
    text.remove_prefix(point.length);
  }
}

std::string xml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  append_xml(out, text);
  return out;
}

Html HtmlSink::escape(std::string_view text) {
  return Html::made_of(xml(printable(collapse_white_space(text))));
}

void HtmlSink::mend(std::string& text, std::size_t seam) {
  if (text[seam - 1] == '#' && text[seam] == '#') text.replace(seam, 1, "&#35;");
}

namespace {

void append_entity(std::string& out, char c) {
  out += "&#" + std::to_string(static_cast<int>(c)) + ";";
}

/// Characters that make a mention or a reference of the word behind them on GitHub or GitLab
/// ("[vulnerability:1]" is one, too). Both look for them in the finished HTML, so an entity does not stop
/// them; a zero-width space behind the character does.
bool starts_reference(char c) {
  return std::string_view("@#!~$%^&[").find(c) != std::string_view::npos;
}

/// The hyphen of "GH-7".
bool joins_reference(std::string_view line, std::size_t at) {
  return line[at] == '-' && at >= 2 && iequals_ascii(line.substr(at - 2, 2), "gh");
}

std::string entities(std::string_view text, bool references) {
  const auto line = printable(collapse_white_space(text));
  std::string out;
  out.reserve(line.size() * 2);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!is_punctuation(line[i])) {
      out += line[i];
      continue;
    }
    append_entity(out, line[i]);
    const bool word_follows = i + 1 < line.size() && line[i + 1] != ' ';
    if (references && word_follows && (starts_reference(line[i]) || joins_reference(line, i)))
      out += "&#8203;";
  }
  return out;
}

}  // namespace

Markdown MarkdownSink::escape(std::string_view text) {
  return Markdown::made_of(entities(text, true));
}

Markdown MarkdownSink::code(std::string_view text) {
  // The HTML element and not backticks: entities work inside it, so neither a backtick nor a table's pipe can
  // end it.
  return Markdown::made_of("<code>" + entities(text, false) + "</code>");
}

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Letters, digits and signs that mean nothing between them: "a_b" (but "_b_" is emphasis), "2026-11-28" and "a-b" (but
/// "GH-7" is a reference, "- " a list), "12:30" (but ":x:" is a picture).
bool means_nothing(std::string_view text, std::size_t at) {
  const char before = at > 0 ? text[at - 1] : ' ';
  const char after = at + 1 < text.size() ? text[at + 1] : ' ';
  switch (text[at]) {
    case ' ':
    case ',':
    case '(':
    case ')':
      return true;
    case '_':
      return is_alnum(before) && is_alnum(after);
    case '-':
      return is_alnum(before) && is_alnum(after) && is_digit(before) == is_digit(after);
    case ':':
      return is_digit(before) && is_digit(after);
    default:
      return is_alnum(text[at]);
  }
}

}  // namespace

Markdown MarkdownSink::words(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!means_nothing(text, i)) return escape(text);
  }
  return Markdown::made_of(std::string(text));
}

Markdown MarkdownSink::link(Literal label, std::string_view url) {
  const auto safe = http_url(url);
  return safe.empty() ? Markdown() : Markdown::made_of("[" + std::string(label.view()) + "](<" + safe + ">)");
}

namespace {

constexpr std::size_t longest_path = 4096;  // PATH_MAX

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    out += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return out;
}

/// "%2e%2e" and its further encodings, with or without an encoded slash: no file is called so, and a reader
/// that decodes once too often would climb.
bool hides_a_climb(std::string_view segment) {
  std::string text(segment);
  if (text.find('%') == std::string::npos) return false;
  for (auto decoded = percent_decode(text); decoded != text; decoded = percent_decode(text)) text = decoded;
  std::replace(text.begin(), text.end(), '\\', '/');
  const auto parts = split(text, '/');
  return std::any_of(parts.begin(), parts.end(), [](std::string_view p) { return p == ".." || p == "."; });
}

bool has_scheme(std::string_view path) {
  const auto colon = path.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto name = path.substr(0, colon);
  return !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alnum(c) || c == '+' || c == '-' || c == '.';
  });
}

/// RFC 3986 `pchar` without the colon (a first segment may not hold one) and the apostrophe.
constexpr auto make_percent_table() {
  auto table = special_bytes("").table;
  for (std::size_t c = 0x20; c < 0x7F; ++c) {
    const auto byte = static_cast<char>(c);
    const bool alnum = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    table[c] = alnum || std::string_view("-._~!$&()*+,;=@").find(byte) != std::string_view::npos ? 0 : 1;
  }
  return table;
}
constexpr auto no_path_char = make_percent_table();

void append_percent(std::string& out, std::string_view bytes) {
  static constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
}

void append_segment(std::string& out, std::string_view segment) {
  while (true) {
    const auto run = clean_run(segment, no_path_char);
    out.append(segment.substr(0, run));
    segment.remove_prefix(run);
    if (segment.empty()) return;
    const auto point = decode_utf8(segment);
    std::string character;
    append_utf8(character, point.value);  // malformed bytes as U+FFFD: decodeURIComponent throws on anything else
    append_percent(out, character);
    segment.remove_prefix(point.length);
  }
}

/// The segments with `.` and `..` resolved; nothing when they climb out of the root.
std::optional<std::vector<std::string_view>> normal_segments(std::string_view path) {
  std::vector<std::string_view> out;
  for (const auto segment : split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      if (hides_a_climb(segment)) return std::nullopt;
      out.push_back(segment);
    } else {
      if (out.empty()) return std::nullopt;
      out.pop_back();
    }
  }
  return out;
}

}  // namespace

namespace {

/// `\` folded to `/`; nothing for a path that is absolute, has a scheme or is none.
std::optional<std::string> folded_relative(std::string_view path) {
  if (path.size() > longest_path || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::string folded(path);
  std::replace(folded.begin(), folded.end(), '\\', '/');
  if (folded.starts_with('/') || has_scheme(folded)) return std::nullopt;
  return folded;
}

}  // namespace

namespace {

/// What nearly every path is: nothing in it is folded, encoded or refused.
bool is_uri_already(std::string_view path) {
  static constexpr auto special = [] {
    auto table = no_path_char;
    table['/'] = 0;
    return table;
  }();
  return !path.empty() && path.size() <= longest_path && path.front() != '/' && path.front() != '.' &&
         path.back() != '/' && clean_run(path, special) == path.size() &&
         path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
}

}  // namespace

std::string relative_uri(std::string_view path) {
  if (is_uri_already(path)) return std::string(path);
  std::string out;
  const auto folded = folded_relative(path);
  const auto segments = folded ? normal_segments(*folded) : std::nullopt;
  if (!segments) return out;
  for (const auto segment : *segments) {
    if (!out.empty()) out += '/';
    append_segment(out, segment);
  }
  return out;
}

bool is_relative(std::string_view path) {
  return is_uri_already(path) || !relative_uri(path).empty();
}

std::string relative_path(std::string_view path) {
  std::string out;
  const auto folded = folded_relative(path);
  const auto segments = folded ? normal_segments(*folded) : std::nullopt;
  if (!segments) return out;
  for (const auto segment : *segments) {
    if (!out.empty()) out += '/';
    out += segment;
  }
  // What printable() would show otherwise is no name that a reader could find in the repository. A path that
  // only now looks absolute or like a drive (`./C:`) is none either.
  return out == printable(out) && !has_scheme(out) ? out : std::string{};
}

std::string sarif_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_sarif_text(out, text);
  return out;
}

void append_sarif_text(std::string& out, std::string_view text) {
  static constexpr auto special = special_bytes("\\[]");
  while (true) {
    const auto run = clean_run<special>(text);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) return;
    const auto plain = std::min(text.find_first_of("\\[]\n\t"), text.size());
    append_printable(out, text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    // Backslashes in front of a bracket would undo the bracket's own, so they are doubled
    // (SARIF 2.1.0, 3.11.6).
    const auto slashes = std::min(text.find_first_not_of('\\'), text.size());
    const bool bracket = slashes < text.size() && (text[slashes] == '[' || text[slashes] == ']');
    out.append(bracket ? 2 * slashes + 1 : slashes, '\\');
    text.remove_prefix(slashes);
    if (slashes > 0 && !bracket) continue;
    out += text[0];
    text.remove_prefix(1);
  }
}

std::string http_url(std::string_view url) {
  constexpr std::size_t longest_url = 2048;
  const bool secure = iequals_ascii(url.substr(0, 8), "https://");
  if (url.size() > longest_url || (!secure && !iequals_ascii(url.substr(0, 7), "http://"))) return {};
  const auto rest = url.substr(secure ? 8 : 7);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const bool plain_host = !authority.empty() && std::all_of(authority.begin(), authority.end(), [](char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == ':' || c == '_';
  });
  const bool plain_rest = std::all_of(rest.begin(), rest.end(), [](char c) {
    return is_alnum(c) || std::string_view("-._~:/?#@!$&()*+,;=%").find(c) != std::string_view::npos;
  });
  if (!plain_host || authority.starts_with(':') || !plain_rest) return {};
  return std::string(url);
}

}  // namespace kolega::report
