#include "support/readers.hpp"

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace kolega::test {

namespace {

/// char.IsWhiteSpace of .NET, which TrimStart takes away.
bool is_dotnet_space(char32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// One code point; U+FFFFFFFF for malformed bytes.
char32_t next_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  char32_t value = length == 1 ? lead : length == 2 ? lead & 0x1F : length == 3 ? lead & 0x0F : lead & 0x07;
  bool good = length > 0 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    const auto tail = static_cast<unsigned char>(text[i]);
    good = (tail & 0xC0) == 0x80;
    value = (value << 6) | (tail & 0x3F);
  }
  good = good && !(length == 3 && (value < 0x800 || (value >= 0xD800 && value < 0xE000))) &&
         !(length == 4 && (value < 0x10000 || value > 0x10FFFF));
  text.remove_prefix(good ? length : 1);
  return good ? value : 0xFFFFFFFF;
}

std::string_view trim_start(std::string_view text) {
  while (!text.empty()) {
    auto rest = text;
    if (!is_dotnet_space(next_point(rest))) break;
    text = rest;
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string replaced(std::string text, const Pairs& table) {
  for (const auto& [from, to] : table) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  }
  return text;
}

const Pairs github_data{{"%0D", "\r"}, {"%0A", "\n"}, {"%25", "%"}};
const Pairs github_property{{"%0D", "\r"}, {"%0A", "\n"}, {"%3A", ":"}, {"%2C", ","}, {"%25", "%"}};
const Pairs azure_text{{"%3B", ";"}, {"%0D", "\r"}, {"%0A", "\n"}, {"%5D", "]"}, {"%AZP25", "%"}};

Pairs read_properties(std::string_view text, char separator, const Pairs& table) {
  Pairs out;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && equals + 1 < pair.size())
      out.emplace_back(std::string(trim_start(pair.substr(0, equals))),
                       replaced(std::string(pair.substr(equals + 1)), table));
  }
  return out;
}

LogCommand command_of(std::string_view head, std::string_view data, char separator, const Pairs& properties,
                      const Pairs& table) {
  const auto blank = head.find(' ');
  LogCommand out{std::string(head.substr(0, blank)), {}, replaced(std::string(data), table)};
  if (blank != std::string_view::npos) out.properties = read_properties(head.substr(blank + 1), separator, properties);
  return out;
}

}  // namespace

std::optional<LogCommand> read_github_line(std::string_view line) {
  const auto text = trim_start(line);
  if (text.starts_with("::")) {
    const auto end = text.find("::", 2);
    if (end != std::string_view::npos)
      return command_of(text.substr(2, end - 2), text.substr(end + 2), ',', github_property, github_data);
  }
  const auto begin = line.find("##[");
  const auto end = begin == std::string_view::npos ? begin : line.find(']', begin);
  if (end == std::string_view::npos) return std::nullopt;
  return command_of(line.substr(begin + 3, end - begin - 3), line.substr(end + 1), ';', github_property, github_data);
}

std::optional<LogCommand> read_azure_line(std::string_view line) {
  const auto begin = lower(line).find("##vso[");
  const auto end = begin == std::string::npos ? begin : line.find(']', begin);
  if (end == std::string_view::npos) return std::nullopt;
  return command_of(line.substr(begin + 6, end - begin - 6), line.substr(end + 1), ';', azure_text, azure_text);
}

Pairs read_github_file(std::string_view text) {
  Pairs out;
  const auto next_line = [&] {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
    return line;
  };
  while (!text.empty()) {
    const auto line = next_line();
    if (line.empty()) continue;
    const auto equals = line.find('=');
    const auto heredoc = line.find("<<");
    if (equals != std::string_view::npos && equals < heredoc) {
      out.emplace_back(line.substr(0, equals), line.substr(equals + 1));
      continue;
    }
    if (heredoc == std::string_view::npos) throw std::runtime_error("Invalid format '" + std::string(line) + "'");
    const auto delimiter = line.substr(heredoc + 2);
    std::string value;
    bool first = true;
    while (true) {
      if (text.empty()) throw std::runtime_error("Matching delimiter not found '" + std::string(delimiter) + "'");
      const auto part = next_line();
      if (part == delimiter) break;
      value += (first ? "" : "\n") + std::string(part);
      first = false;
    }
    out.emplace_back(line.substr(0, heredoc), value);
  }
  return out;
}

std::string find_terminal_harm(std::string_view text, bool colours) {
  while (!text.empty()) {
    if (colours && text.starts_with("\x1b[")) {
      const auto end = text.find_first_not_of("0123456789;", 2);
      if (end != std::string_view::npos && text[end] == 'm') text.remove_prefix(end + 1);
    }
    if (text.empty()) break;
    const auto c = next_point(text);
    const bool bad = c == 0xFFFFFFFF || (c < 0x20 && c != '\n') || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C ||
                     c == 0x180E || c == 0x3164 || c == 0xFEFF || (c >= 0x200B && c <= 0x200F) ||
                     (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xE0000 && c <= 0xE01EF);
    if (bad) return "U+" + std::to_string(static_cast<std::uint32_t>(c)) + " before '" + std::string(text.substr(0, 40)) + "'";
  }
  return {};
}

namespace {

const std::set<std::string> junit_names{"testsuites", "testsuite", "testcase", "failure", "error", "skipped",
                                        "properties", "property", "system-err"};

std::string find_foreign_element(const boost::property_tree::ptree& tree) {
  for (const auto& [name, child] : tree) {
    if (name != "<xmlattr>" && name != "<xmltext>" && !junit_names.contains(name)) return "element " + name;
    if (name == "<xmlattr>") continue;
    if (auto fault = find_foreign_element(child); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace

std::string find_junit_fault(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const auto c = next_point(rest);
    const bool legal = c == '\n' || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c <= 0xFFFD) ||
                       (c >= 0x10000 && c <= 0x10FFFF);
    if (!legal) return "a character that XML forbids";
  }
  for (const auto* mark : {"<!", "<![CDATA[", "]]>"}) {
    if (text.find(mark) != std::string::npos) return std::string("holds ") + mark;
  }
  boost::property_tree::ptree tree;
  std::istringstream in(text);
  try {
    boost::property_tree::read_xml(in, tree);
  } catch (const std::exception& error) {
    return error.what();
  }
  return find_foreign_element(tree);
}

namespace {

const std::set<std::string> html_void{"!doctype", "meta", "input", "br"};
const std::map<std::string, std::set<std::string>> html_elements{
    {"!doctype", {"html"}}, {"html", {"lang"}}, {"head", {}}, {"meta", {"charset", "http-equiv", "content", "name"}},
    {"title", {}}, {"style", {}}, {"script", {}}, {"body", {}}, {"div", {"class", "id", "hidden"}}, {"header", {"class"}},
    {"b", {}}, {"span", {"class"}}, {"code", {"class"}}, {"a", {"rel", "href"}}, {"p", {"class"}},
    {"section", {"class"}}, {"h1", {}}, {"h2", {}}, {"small", {}}, {"ul", {"class"}}, {"li", {"class"}},
    {"dl", {"class"}}, {"dt", {}}, {"dd", {"class"}}, {"strong", {}}, {"footer", {}},
    {"svg", {"viewbox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "aria-hidden", "class", "preserveaspectratio"}},
    {"circle", {"cx", "cy", "r", "stroke-width"}}, {"path", {"d"}}, {"rect", {"class", "x", "width", "height"}},
    {"table", {"id"}}, {"thead", {}}, {"tbody", {}}, {"tr", {"data-severity", "data-weight"}}, {"th", {}}, {"td", {}},
    {"details", {}}, {"summary", {}}, {"label", {"class"}}, {"br", {}},
    {"input", {"type", "placeholder", "aria-label", "checked", "value"}}, {"select", {"aria-label"}}, {"option", {"value"}},
    {"output", {}}};

std::string find_attribute_fault(const std::string& element, std::string_view rest) {
  static const std::regex attribute("^\\s+([a-zA-Z-]+)(=\"([^\"<>]*)\")?");
  std::string text(rest);
  std::smatch match;
  while (std::regex_search(text, match, attribute)) {
    const auto name = lower(match[1].str());
    const auto value = match[3].str();
    if (!html_elements.at(element).contains(name)) return "attribute " + name + " of " + element;
    if (name == "href" && !value.starts_with("https://") && !lower(value).starts_with("http://")) return "link to " + value;
    text = match.suffix();
  }
  return text.empty() || text == "/" ? std::string{} : "in <" + element + ">: " + text.substr(0, 60);
}

}  // namespace

std::string find_html_fault(std::string_view page) {
  std::vector<std::string> open;
  while (!page.empty()) {
    const auto begin = std::min(page.find('<'), page.size());
    page.remove_prefix(begin);
    if (page.empty()) break;
    const auto end = page.find('>');
    if (end == std::string_view::npos) return "an open tag";
    auto tag = page.substr(1, end - 1);
    page.remove_prefix(end + 1);
    const bool closing = tag.starts_with('/');
    if (closing) tag.remove_prefix(1);
    const auto name = lower(tag.substr(0, tag.find_first_of(" \t\r\n/")));
    if (!html_elements.contains(name)) return "element <" + std::string(tag.substr(0, 60)) + ">";
    if (closing) {
      if (open.empty() || open.back() != name || tag.size() != name.size()) return "</" + name + "> without its start";
      open.pop_back();
      continue;
    }
    if (auto fault = find_attribute_fault(name, tag.substr(name.size())); !fault.empty()) return fault;
    if (!html_void.contains(name) && !tag.ends_with('/')) open.push_back(name);
    if (name == "style" || name == "script") {  // ours; hostile text is never in there: the hash would not fit
      const auto close = page.find("</" + name);
      page.remove_prefix(std::min(close, page.size()));
    }
  }
  return open.empty() ? std::string{} : "<" + open.back() + "> is never closed";
}

namespace {

std::size_t cells(std::string_view line) {
  return static_cast<std::size_t>(std::count(line.begin(), line.end(), '|'));
}

/// A row has as many cells as its heading.
std::string find_table_fault(const std::string& page) {
  std::istringstream lines(page);
  std::size_t width = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('|')) {
      if (line.find('|') != std::string::npos) return "a pipe outside a table: " + line.substr(0, 80);
      width = 0;
    } else if (width == 0) {
      width = cells(line);
    } else if (cells(line) != width) {
      return "a row of another width: " + line.substr(0, 80);
    }
  }
  return {};
}

}  // namespace

std::string find_markdown_fault(const std::string& page) {
  static const std::regex code("<code>[^<>`|\n]*</code>");
  static const std::regex link("\\[[a-z ]+\\]\\(<[hH][tT][tT][pP][sS]?://[^<>\\s]*>\\)");
  static const std::regex tag("<(?!br>)");
  // What a reader of references sees is the text with its entities read.
  static const std::regex reference("&#(64|35|33|91|126|37|38|36|94);[A-Za-z0-9&]");
  static const std::regex hyphen("[gG][hH]&#45;[0-9]");
  auto prose = std::regex_replace(std::regex_replace(page, code, "c"), link, "l");
  if (prose.starts_with("<!-- kolega-gate comment: ")) prose.erase(0, prose.find("-->") + 3);
  for (const auto* sign : {"`", "![", "](", "@", "\\", "~~", "://", "www."}) {
    if (prose.find(sign) != std::string::npos) return std::string("holds ") + sign;
  }
  std::smatch match;
  if (std::regex_search(prose, match, tag)) return "HTML: " + match.suffix().str().substr(0, 60);
  for (auto at = std::sregex_iterator(prose.begin(), prose.end(), reference); at != std::sregex_iterator(); ++at) {
    if (at->str().back() != '&') return "a reference: " + at->str();
    const auto rest = std::string_view(prose).substr(static_cast<std::size_t>(at->position()) + at->str().size() - 1);
    if (!rest.starts_with("&#8203;")) return "a reference: " + std::string(rest.substr(0, 20));
  }
  if (std::regex_search(prose, hyphen)) return "a reference by GH-";
  return find_table_fault(page);
}

}  // namespace kolega::test
