#include "cli/named_reports.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "cli/parse.hpp"

namespace kolega::cli {

namespace {

struct Words {
  std::vector<std::string> reports{};
  std::vector<std::string> others{};
};

/// FORMAT=PATH or, where the option takes no format, PATH; nothing for standard output.
void add_report(Words& words, const Option& option, std::string_view value) {
  const auto equals = value.find('=');
  const bool formatted = option.value.find('=') != std::string_view::npos;
  if (formatted) value = equals == std::string_view::npos ? std::string_view() : value.substr(equals + 1);
  if (!value.empty() && value != "-") words.reports.emplace_back(value);
}

/// What stands in one word with the option's name: "--output=json=a", "-ojson=a"; empty text for the name alone.
std::optional<std::string_view> attached_value(const Option& option, std::string_view word) {
  for (const auto name : split(option.names, ',')) {
    if (!word.starts_with(name)) continue;
    const auto rest = word.substr(name.size());
    if (rest.empty() || !name.starts_with("--")) return rest;
    if (rest.front() == '=') return rest.substr(1);
  }
  return std::nullopt;
}

Words read(const Command& command, std::span<const std::string> words) {
  Words out;
  bool options_end = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    options_end = options_end || word == "--";
    std::optional<std::string_view> value;
    const auto option = std::ranges::find_if(command.options, [&](const Option& candidate) {
      if (!options_end && candidate.report) value = attached_value(candidate, word);
      return value.has_value();
    });
    if (option == command.options.end()) {
      const auto equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
      out.others.emplace_back(equals == std::string_view::npos ? word : word.substr(equals + 1));
    } else if (!value->empty()) {
      add_report(out, *option, *value);
    } else if (i + 1 < words.size()) {
      add_report(out, *option, words[++i]);
    }
  }
  return out;
}

bool is_one_of(const std::vector<std::string>& others, const std::string& path) {
  return std::ranges::any_of(others, [&](const std::string& other) {
    std::error_code absent;
    return other == path || std::filesystem::equivalent(path, other, absent);
  });
}

}  // namespace

std::vector<std::string> named_reports(const std::vector<std::string>& words) {
  const auto named = find_command(words);
  if (!named.command) return {};
  auto found = read(*named.command, std::span(words).subspan(named.used));
  std::erase_if(found.reports, [&](const std::string& path) { return is_one_of(found.others, path); });
  return std::move(found.reports);
}

}  // namespace kolega::cli
