#include "base/glob_braces.hpp"

#include <algorithm>

namespace kolega {

namespace {

constexpr auto nowhere = std::string_view::npos;
constexpr std::size_t most_choices = 200;  ///< of one pattern; every finding would be compared with each

/// Offset behind the character, escape or class at `at`.
std::size_t behind(std::string_view pattern, std::size_t at) {
  if (pattern[at] == '\\') return std::min(at + 2, pattern.size());
  if (pattern[at] != '[') return at + 1;
  const auto end = end_of_class(pattern, at);
  return end == nowhere ? at + 1 : end;
}

std::size_t find_plain(std::string_view pattern, char wanted) {
  for (std::size_t at = 0; at < pattern.size(); at = behind(pattern, at)) {
    if (pattern[at] == wanted) return at;
  }
  return nowhere;
}

/// The first choice of a pattern: what stands before it, its alternatives, what stands behind it.
struct Choice {
  std::string_view before{};
  std::vector<std::string_view> alternatives{};
  std::string_view rest{};
  bool closed{};
};

Choice split_choice(std::string_view pattern, std::size_t open) {
  Choice out{.before = pattern.substr(0, open)};
  std::size_t depth = 0;
  auto from = open + 1;
  for (auto at = from; at < pattern.size(); at = behind(pattern, at)) {
    const char c = pattern[at];
    if (c == '{') ++depth;
    if (depth == 0 && (c == ',' || c == '}')) {
      out.alternatives.push_back(pattern.substr(from, at - from));
      from = at + 1;
    }
    if (c != '}') continue;
    if (depth == 0) {
      out.rest = pattern.substr(at + 1);
      out.closed = true;
      return out;
    }
    --depth;
  }
  return out;
}

/// How many patterns it stands for, no more than one over the most.
std::size_t count_choices(std::string_view pattern) {
  const auto open = find_plain(pattern, '{');
  if (open == nowhere) return 1;
  const auto choice = split_choice(pattern, open);
  std::size_t count = 0;
  for (const auto alternative : choice.alternatives) {
    count += count_choices(alternative);
    if (count > most_choices) return most_choices + 1;
  }
  return std::min(count * count_choices(choice.rest), most_choices + 1);
}

std::optional<std::string> find_choice_error(std::string_view pattern) {
  const auto open = find_plain(pattern, '{');
  if (find_plain(pattern.substr(0, open), '}') != nowhere)
    return "'}' closes nothing; write '\\}' for the character itself";
  if (open == nowhere) return std::nullopt;
  const auto choice = split_choice(pattern, open);
  if (!choice.closed) return "'{' is never closed; write '\\{' for the character itself";
  if (choice.alternatives.size() < 2)
    return "'{...}' without a comma is no choice; write '{one,other}', or '\\{' for the character itself";
  for (const auto alternative : choice.alternatives) {
    if (auto error = find_choice_error(alternative)) return error;
  }
  return find_choice_error(choice.rest);
}

}  // namespace

std::size_t end_of_class(std::string_view pattern, std::size_t open) {
  auto at = open + 1;
  if (at < pattern.size() && pattern[at] == '!') ++at;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) return at + 1;
    if (pattern[at] == '\\') ++at;
    ++at;
  }
  return nowhere;
}

bool has_braces(std::string_view pattern) {
  // Nearly no pattern has one, and this is asked for every path.
  return pattern.find('{') != nowhere && find_plain(pattern, '{') != nowhere;
}

std::optional<std::string> find_brace_error(std::string_view pattern) {
  constexpr std::size_t most = 20;  // also bounds how deep the functions here go
  std::size_t count = 0;
  for (std::size_t at = 0; at < pattern.size(); at = behind(pattern, at)) {
    if (pattern[at] == '{' && ++count > most) return "it has more than " + std::to_string(most) + " '{'";
  }
  if (auto error = find_choice_error(pattern)) return error;
  if (count_choices(pattern) <= most_choices) return std::nullopt;
  return "its braces stand for more than " + std::to_string(most_choices) + " patterns";
}

std::vector<std::string> expand_braces(std::string_view pattern) {
  const auto open = find_plain(pattern, '{');
  if (open == nowhere) return {std::string(pattern)};
  const auto choice = split_choice(pattern, open);
  const auto rests = expand_braces(choice.rest);
  std::vector<std::string> out;
  for (const auto alternative : choice.alternatives) {
    for (const auto& middle : expand_braces(alternative)) {
      for (const auto& rest : rests) out.push_back(std::string(choice.before) + middle + rest);
    }
  }
  return out;
}

}  // namespace kolega
