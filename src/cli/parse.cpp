#include "cli/parse.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"

namespace kolega::cli {

namespace {

constexpr std::string_view flag_given = "true";  // CLI11's value of a flag without one

[[noreturn]] void fail(std::string message, std::string hint) {
  throw Error(ErrorKind::usage, std::move(message), std::move(hint));
}

std::string help_hint(const Command* command) {
  const std::string name = command ? " " + std::string(command->name) : "";
  return "see " + std::string(program_name) + name + " --help";
}

bool is_help(const std::string& word) {
  return word == "--help" || word == "-h";
}

/// The words that can stand after `group` ("" for the first word).
std::vector<std::string_view> words_after(std::string_view group) {
  std::vector<std::string_view> out;
  for (const auto& command : commands()) {
    auto rest = command.name;
    if (!group.empty()) {
      if (!rest.starts_with(group) || rest.size() <= group.size() || rest[group.size()] != ' ') continue;
      rest.remove_prefix(group.size() + 1);
    }
    const auto word = rest.substr(0, rest.find(' '));
    if (std::ranges::find(out, word) == out.end()) out.push_back(word);
  }
  return out;
}

const Command* find_command(const std::string& name) {
  const auto found = std::ranges::find(commands(), std::string_view(name), &Command::name);
  return found == commands().end() ? nullptr : &*found;
}

[[noreturn]] void fail_unknown_command(const std::string& group, const std::string& word) {
  const auto whole = group.empty() ? word : group + " " + word;
  const auto kind = word.starts_with('-') ? "unknown option '" : "unknown command '";
  fail(kind + printable(whole, 60) + "'", suggest(word, words_after(group)));
}

/// CLI11's own wording of a wrong count, in ours: "--policy: 1 required TEXT missing".
Error translate(const CLI::ArgumentMismatch& error, const Command& command) {
  const std::string text = error.what();
  const auto name = printable(text.substr(0, text.find(':')), 60);
  const bool missing = text.find("missing") != std::string::npos;
  return Error(ErrorKind::usage, name + (missing ? " needs a value" : " is given more than once"),
               help_hint(&command));
}

/// The option that was meant: one that goes on as typed, else the nearest.
std::optional<std::string> find_option(const Command& command, const std::string& typed) {
  std::vector<std::string> names{"--help"};
  for (const auto& known : command.options) names.push_back("--" + std::string(long_name(known)));
  const auto goes_on = [&](const std::string& name) { return typed.size() > 3 && name.starts_with(typed); };
  const auto found = std::ranges::find_if(names, goes_on);
  if (found != names.end()) return *found;
  return find_nearest(typed, std::vector<std::string_view>(names.begin(), names.end()));
}

/// What CLI11 did not take: the first option among it is what was mistyped.
void check_remaining(const Command& command, const std::vector<std::string>& remaining) {
  if (remaining.empty()) return;
  const auto is_option = [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); };
  const auto option = std::ranges::find_if(remaining, is_option);
  if (option == remaining.end()) {
    fail("unexpected argument '" + printable(remaining.front(), 60) + "'", help_hint(&command));
  }
  const auto typed = option->substr(0, option->find('='));
  const auto meant = find_option(command, typed);
  fail("unknown option '" + printable(typed, 60) + "'",
       meant ? "did you mean '" + *meant + "'?" : help_hint(&command));
}

void declare(CLI::App& app, const Option& option) {
  const std::string names(option.names);
  const auto taken = [](const CLI::results_t&) { return true; };
  if (option.value.empty() || option.value_optional) {
    app.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  } else if (option.repeatable) {
    app.add_option(names, taken)->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
  } else {
    app.add_option(names, taken)->expected(1);
  }
}

CLI::Option* declare_positional(CLI::App& app, const Positional& positional) {
  if (positional.name.empty()) return nullptr;
  auto* declared = app.add_option("positional", [](const CLI::results_t&) { return true; });
  if (!positional.repeatable && positional.count + positional.optional == 1) return declared->expected(1);
  // More than are meant are told of below, in the words of all other errors.
  return declared->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
}

/// Also of those behind `--`, which CLI11 does not see.
void check_positionals(const Command& command, const std::vector<std::string>& given) {
  const auto& declared = command.positional;
  const auto most = declared.name.empty() ? 0
                    : declared.repeatable ? given.size()
                                          : declared.count + declared.optional;
  if (given.size() > most) {
    fail("unexpected argument '" + printable(given[most], 60) + "'", help_hint(&command));
  }
  if (declared.required && given.size() < declared.count) {
    fail(std::string(command.name) + " needs " + std::string(declared.name), help_hint(&command));
  }
}

/// The values of one option as CLI11 collected them; flags are checked here for values that they do not take.
std::vector<std::string> values_of(const Command& command, const Option& option, const CLI::Option& parsed) {
  auto values = parsed.results();
  const auto name = "--" + std::string(long_name(option));
  if (!option.value.empty() && !option.value_optional) return values;
  if (option.value_optional && values.size() > 1)
    fail(name + " is given more than once", help_hint(&command));
  std::erase(values, std::string(flag_given));
  if (option.value.empty() && !values.empty()) fail(name + " takes no value", help_hint(&command));
  return values;
}

}  // namespace

Arguments parse_options(const Command& command, std::span<const std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const auto& option : command.options) declare(app, option);
  auto* positional = declare_positional(app, command.positional);
  const auto mark = std::ranges::find(words, std::string("--"));
  try {
    app.parse(std::vector<std::string>(std::make_reverse_iterator(mark), words.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    throw translate(error, command);
  } catch (const CLI::ParseError& error) {
    fail(printable(error.what(), 200), help_hint(&command));
  }
  check_remaining(command, app.remaining());
  Arguments out;
  for (const auto& option : command.options) {
    const auto& parsed = *app.get_option("--" + std::string(long_name(option)));
    if (parsed.count() > 0) out.add(long_name(option), values_of(command, option, parsed));
  }
  auto positionals = positional ? positional->results() : std::vector<std::string>{};
  if (mark != words.end()) positionals.insert(positionals.end(), mark + 1, words.end());
  check_positionals(command, positionals);
  out.add_positionals(std::move(positionals));
  return out;
}

NamedCommand find_command(const std::vector<std::string>& words) {
  if (words.empty() || words[0].starts_with('-')) return {};  // --version needs no table of commands
  // Two words first: `fleet` is a command, and so is `fleet merge`.
  const auto* of_two = words.size() > 1 ? find_command(words[0] + " " + words[1]) : nullptr;
  if (of_two) return {of_two, 2};
  return {find_command(words[0]), 1};
}

Parsed parse(const std::vector<std::string>& words) {
  if (words.empty()) fail("no command given", suggest("", words_after("")));
  const auto& first = words.front();
  if (first == "--version") return {.kind = Parsed::Kind::version};
  if (is_help(first) || first == "help") {
    // `help scans list` is `scans list --help`; what follows an option is nobody's name.
    const auto named = std::find_if(words.begin() + 1, words.end(), [](const auto& word) { return word.starts_with('-'); });
    std::vector<std::string> asked(words.begin() + 1, named);
    if (asked.empty() || asked.front() == "help") return {.kind = Parsed::Kind::help};
    asked.emplace_back("--help");
    return parse(asked);
  }
  const auto [command, used] = find_command(words);
  if (!command) {
    const auto second = words_after(first);
    if (second.empty()) fail_unknown_command("", first);
    if (words.size() == 1) fail("'" + first + "' needs another word", suggest("", second));
    if (is_help(words[1])) return {.kind = Parsed::Kind::help, .group = first};
    fail_unknown_command(first, words[1]);
  }
  const std::span rest(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
  const auto end_of_options = std::ranges::find(rest, std::string("--"));
  if (std::any_of(rest.begin(), end_of_options, is_help))
    return {.kind = Parsed::Kind::help, .command = command};
  return {.kind = Parsed::Kind::command, .command = command, .arguments = parse_options(*command, rest)};
}

}  // namespace kolega::cli
