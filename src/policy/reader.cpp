#include "policy/reader.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/glob.hpp"
#include "base/glob_braces.hpp"
#include "base/text.hpp"

namespace kolega::policy {

using yaml::Node;

std::string quoted(std::string_view text) {
  return "'" + printable(text, 60) + "'";
}

std::string place_of(const SourcePos& pos, const SourcePos& from) {
  return pos.file == from.file ? "line " + std::to_string(pos.line) : describe(pos);
}

int length_of(const Node& node) {
  if (node.kind != Node::Kind::scalar) return 1;
  return static_cast<int>(std::min<std::size_t>(std::max<std::size_t>(node.text.size(), 1), 100)) +
         (node.plain ? 0 : 2);
}

namespace {

/// What stands there instead of what was wanted.
std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  return node.plain ? quoted(node.text) : "the text " + quoted(node.text);
}

std::string must_be(std::string_view key, std::string_view wanted, const Node& value) {
  return "'" + std::string(key) + "' must be " + std::string(wanted) + ", not " + describe(value);
}

std::string hint_for_number(const Node& value) {
  if (value.kind == Node::Kind::scalar && !value.plain && parse_decimal(value.text))
    return "remove the quotes";
  if (value.kind == Node::Kind::scalar && parse_decimal(value.text)) return "remove the leading zeros";
  if (value.text.find_first_not_of("0123456789") == std::string::npos && !value.text.empty())
    return "too large";
  return "write decimal digits only, for example 10";
}

bool is_plain_decimal(const Node& value) {
  return value.kind == Node::Kind::scalar && value.plain && parse_decimal(value.text) &&
         (value.text.size() == 1 || value.text.front() != '0');
}

std::string hint_for_boolean(const Node& value) {
  if (value.kind == Node::Kind::scalar && (value.text == "true" || value.text == "false")) {
    return "remove the quotes";
  }
  const auto word = to_lower_ascii(value.text);
  if (word == "yes" || word == "on" || word == "y" || word == "true") return "write true";
  if (word == "no" || word == "off" || word == "n" || word == "false") return "write false";
  return "write true or false";
}

/// A pattern that is well formed and yet can match no path that the gate compares with.
std::optional<std::string> find_path_error(std::string_view pattern) {
  if (pattern.starts_with("./") || pattern.starts_with('/')) {
    return "paths start at the root of the repository; remove the '" +
           std::string(pattern.substr(0, pattern.find('/') + 1)) + "'";
  }
  if (pattern.ends_with('/')) {
    return "write '" + printable(pattern, 60) + "**' for what is below it";
  }
  if (pattern.find("//") != std::string_view::npos) return "one '/' is enough";
  if (pattern.starts_with("~/")) return "paths start at the root of the repository, not in a home directory";
  return std::nullopt;
}

/// The same of each choice of its braces.
std::optional<std::string> find_choice_error(std::string_view pattern) {
  for (const auto& choice : expand_braces(pattern)) {
    if (auto error = find_path_error(choice)) return error;
  }
  return std::nullopt;
}

/// "src", "**/node_modules": nearly always meant for the folder, and matches only a file of that name.
bool looks_like_folder(std::string_view pattern) {
  const auto name = pattern.substr(pattern.rfind('/') + 1);
  return name.size() > 2 && ((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_') &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

std::optional<std::string> find_foreign_pattern(std::string_view pattern) {
  if (pattern.empty()) return std::nullopt;
  const bool escaped = pattern.size() > 1 && pattern[pattern.size() - 2] == '\\';
  if (pattern.front() == '!') return "one '!' in front excludes; write '\\!' for the character itself";
  if (is_blank(pattern.front()) || (is_blank(pattern.back()) && !escaped))
    return "remove the white space at its ends, or write '\\ ' where it belongs to the name";
  if (pattern.front() == '^')
    return "this is no regular expression; '**' stands for any folders, '*' for any part of a name, '\\^' for the character";
  std::size_t depth = 0;
  bool begins = false;  // a choice of the braces
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    const bool ends = depth > 0 && at + 1 < pattern.size() && (pattern[at + 1] == ',' || pattern[at + 1] == '}');
    if (is_blank(c) && (begins || ends))
      return "remove the white space around the choices of its braces, or write '\\ ' where it belongs to the name";
    begins = c == '{' || (c == ',' && depth > 0);
    if (c == '\\') ++at;
    if (c == '[') at = end_of_class(pattern, at) - 1;
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == ',' && depth == 0)
      return "write each pattern as an item of its own, [one, other], and '\\,' where the comma belongs to a name";
    if (c == '|') return "write each choice as an item of its own or as '{one,other}', and '\\|' for the character itself";
  }
  return std::nullopt;
}

void Reader::remark(Diagnostic::Level level, const SourcePos& pos, int length, std::string message,
                    std::string hint) {
  remarks_.push_back({level, pos, std::move(message), std::move(hint), length});
}

void Reader::error(const Node& at, std::string message, std::string hint) {
  remark(Diagnostic::Level::error, at.pos, length_of(at), std::move(message), std::move(hint));
}

void Reader::warn(const Node& at, std::string message, std::string hint) {
  remark(Diagnostic::Level::warning, at.pos, length_of(at), std::move(message), std::move(hint));
}

bool Reader::has_sane_size(const Node& value, std::string_view key) {
  const auto size = value.items.size() + value.entries.size();
  if (size <= most_items) return true;
  error(value, "'" + std::string(key) + "' has " + plural(size, "item") + ", more than the " +
                   std::to_string(most_items) + " that are allowed");
  return false;
}

std::optional<std::string> Reader::read_text(const Node& value, std::string_view key) {
  if (value.kind != Node::Kind::scalar) {
    error(value, must_be(key, "text", value));
    return std::nullopt;
  }
  if (trim(value.text).empty()) {
    error(value, "'" + std::string(key) + "' is empty");
    return std::nullopt;
  }
  return value.text;
}

std::optional<std::uint64_t> Reader::read_number(const Node& value, std::string_view key) {
  if (is_plain_decimal(value)) return static_cast<std::uint64_t>(*parse_decimal(value.text));
  error(value, must_be(key, "a whole number", value), hint_for_number(value));
  return std::nullopt;
}

std::optional<bool> Reader::read_boolean(const Node& value, std::string_view key) {
  if (value.kind == Node::Kind::scalar && value.plain && value.text == "true") return true;
  if (value.kind == Node::Kind::scalar && value.plain && value.text == "false") return false;
  error(value, must_be(key, "true or false", value), hint_for_boolean(value));
  return std::nullopt;
}

std::optional<Duration> Reader::read_duration(const Node& value, std::string_view key) {
  const auto duration =
      value.kind == Node::Kind::scalar ? parse_duration(value.text) : std::optional<Duration>{};
  if (!duration) {
    error(value, must_be(key, "a duration", value), "write for example 90s, 30m or 2h");
  } else if (*duration == Duration::zero()) {
    error(value, "'" + std::string(key) + "' must be longer than nothing");
    return std::nullopt;
  }
  return duration;
}

std::optional<std::size_t> Reader::read_word(const Node& value, std::string_view key,
                                             std::span<const std::string_view> names) {
  if (value.kind != Node::Kind::scalar) {
    error(value, must_be(key, "a word", value), suggest("", names));
    return std::nullopt;
  }
  const auto found = std::find(names.begin(), names.end(), value.text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  error(value, quoted(value.text) + " is not a value of '" + std::string(key) + "'",
        suggest(value.text, names));
  return std::nullopt;
}

std::vector<const Node*> Reader::read_words(const Node& value, std::string_view key, Empty empty) {
  std::vector<const Node*> out;
  if (value.kind == Node::Kind::scalar) return {&value};
  if (value.kind != Node::Kind::sequence) {
    error(value, must_be(key, "a list", value), "write [one, another]");
    return out;
  }
  if (!has_sane_size(value, key)) return out;
  if (value.items.empty() && empty == Empty::refused)
    error(value, "'" + std::string(key) + "' is an empty list");
  std::unordered_set<std::string_view> seen;
  for (const auto& item : value.items) {
    if (item.kind != Node::Kind::scalar) {
      error(item, "'" + std::string(key) + "' lists words, not " + describe(item));
    } else if (!seen.insert(item.text).second) {
      error(item, quoted(item.text) + " is named twice in '" + std::string(key) + "'", "keep one of the two");
    } else {
      out.push_back(&item);
    }
  }
  return out;
}

std::vector<const Node*> Reader::read_list(const Node& value, std::string_view key) {
  std::vector<const Node*> out;
  if (value.kind != Node::Kind::sequence) {
    error(value, must_be(key, "a list", value), "begin each item with '- '");
    return out;
  }
  if (!has_sane_size(value, key)) return out;
  if (value.items.empty()) error(value, "'" + std::string(key) + "' is an empty list");
  for (const auto& item : value.items) out.push_back(&item);
  return out;
}

std::vector<std::string> Reader::read_globs(const Node& value, std::string_view key) {
  std::vector<std::string> out;
  std::vector<const Node*> items;
  const auto words = read_words(value, key);
  for (const auto* item : words) {
    auto pattern = std::string_view(item->text);
    if (pattern.starts_with('!')) pattern.remove_prefix(1);
    if (const auto wrong = find_glob_error(pattern)) {
      error(*item, "not a path pattern: " + *wrong);
    } else if (const auto foreign = find_foreign_pattern(pattern)) {
      error(*item, "this pattern would match no path", *foreign);
    } else if (const auto useless = find_choice_error(pattern)) {
      error(*item, "this pattern can match no path", *useless);
    } else if (const std::vector<std::string> alone{std::string(pattern)}; leaves_no_path(std::vector<PathWish>{{alone}}, item->pos)) {
      error(*item, "this pattern can match no path", "paths have no steps '.', '..' or of nothing");
    } else {
      if (looks_like_folder(pattern))
        warn(*item, quoted(item->text) + " matches a file of that name, nothing in a folder of that name",
             "for what is below it write '" + printable(item->text, 60) + "/**'");
      out.push_back(item->text);
      items.push_back(item);
    }
  }
  if (out.empty() || out.size() < words.size()) return out;
  if (leaves_no_path(std::vector<PathWish>{{out}}, value.pos)) {
    error(value, "this list of patterns matches no path", "the last pattern that matches wins");
  } else {
    check_order(items, out);
  }
  return out;
}

void Reader::check_order(const std::vector<const Node*>& items, const std::vector<std::string>& patterns) {
  constexpr std::size_t most = 200;  // each is compared with all others
  if (patterns.size() > most) return;
  const auto excludes = [&](std::size_t i) { return patterns[i].starts_with('!'); };
  std::vector<std::string> before;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::vector<std::string> alone{patterns[i].substr(excludes(i) ? 1 : 0)};
    const auto from_here = std::span(patterns).subspan(i);
    if (leaves_no_path(std::vector<PathWish>{{alone}, {from_here, !excludes(i)}}, items[i]->pos)) {
      error(*items[i], "the patterns behind " + quoted(items[i]->text) + " overrule it for every path",
            "the last pattern that matches wins; write it behind them");
    } else if (excludes(i) && !before.empty() && leaves_no_path(std::vector<PathWish>{{alone}, {before}}, items[i]->pos)) {
      warn(*items[i], quoted(items[i]->text) + " takes nothing out: no pattern before it matches any such path");
    }
    if (!excludes(i)) before.push_back(patterns[i]);
  }
}

bool Reader::leaves_no_path(std::span<const PathWish> wishes, const SourcePos& at) {
  constexpr std::size_t most_steps = 20'000'000;
  if (path_steps_ > most_steps) return false;
  const auto found = find_path(wishes);
  path_steps_ += found.steps;
  if (found.exhausted || path_steps_ > most_steps) {
    remark(Diagnostic::Level::error, at, 1, "it is too costly to find out whether these patterns leave any path",
           "write fewer or simpler ones");
    path_steps_ = most_steps + 1;
  }
  return found.none();
}

}  // namespace kolega::policy
