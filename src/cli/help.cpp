#include "cli/help.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t width = 100;
constexpr std::size_t names_column = 32;

/// Words into lines of `width`, the first of which begins at column `indent`.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  for (const auto word : split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) out += ' ';
    column += word.size() + (column > indent ? 1 : 0);
    out += word;
  }
  return out;
}

/// "  names   help", the help on its own line where the names are long.
std::string row(const std::string& names, std::string_view help) {
  auto out = "  " + names;
  if (out.size() + 2 > names_column) {
    out += "\n" + std::string(names_column, ' ');
  } else {
    out.resize(names_column, ' ');
  }
  return out + wrapped(help, names_column) + "\n";
}

std::string names_of(const Option& option) {
  std::string out = option.names.starts_with("--") ? "    " : "";
  for (const auto name : split(option.names, ',')) {
    if (!out.empty() && !out.ends_with(' ')) out += ", ";
    out += name;
  }
  if (option.value.empty()) return out;
  if (option.value_optional) return out + "[=" + std::string(option.value) + "]";
  return out + " " + std::string(option.value);
}

std::string help_of(const Option& option) {
  std::string out(option.help);
  if (option.repeatable) out += " (repeatable)";
  if (!option.environment.empty()) out += " [env: " + std::string(option.environment) + "]";
  return out;
}

std::string usage_of(const Command& command) {
  auto out = "Usage: " + std::string(program_name) + " " + std::string(command.name);
  if (!command.options.empty()) out += " [options]";
  if (!command.positional.name.empty()) {
    const auto name = std::string(command.positional.name) + (command.positional.repeatable ? "..." : "");
    out += command.positional.required ? " " + name : " [" + name + "]";
  }
  return out + "\n";
}

std::string examples_of(const std::vector<Example>& examples) {
  std::string out;
  for (const auto& example : examples) {
    out += "  # " + std::string(example.meaning) + "\n  " + std::string(program_name) + " " +
           std::string(example.line) + "\n";
  }
  return out.empty() ? out : "\nExamples:\n" + out;
}

}  // namespace

std::string render_help(std::string_view group) {
  auto out = "Usage: " + std::string(program_name) + " " +
             (group.empty() ? "COMMAND" : std::string(group) + " COMMAND") + " [options]\n\n";
  if (group.empty()) {
    out +=
        "A security gate for pipelines: scans with Kolega DevSec, judges by a policy, reports and exits.\n"
        "Exit code 0 only when the policy is met and everything was read; 1 when a blocking rule is "
        "broken.\n\n";
  }
  out += "Commands:\n";
  for (const auto& command : commands()) {
    if (!group.empty() && !command.name.starts_with(std::string(group) + " ")) continue;
    out += row(std::string(command.name), command.summary);
  }
  if (!group.empty()) return out;
  out +=
      "\nOptions:\n" + row("-h, --help", "help, also for each command") + row("    --version", "the version");
  return out +
         examples_of(
             {{"policy init", "write a first policy"},
              {"run -o sarif=kolega.sarif -o junit=kolega.xml", "scan, judge and write two reports"},
              {"evaluate results.sarif --scan-type semgrep", "judge saved results, without a network"}});
}

std::string render_help(const Command& command) {
  auto out = usage_of(command) + "\n" + wrapped(command.description, 0) + "\n";
  if (!command.positional.name.empty()) {
    out += "\nArguments:\n" + row(std::string(command.positional.name), command.positional.help);
  }
  out += "\nOptions:\n";
  for (const auto& option : command.options) out += row(names_of(option), help_of(option));
  out += row("-h, --help", "this help");
  return out + examples_of(command.examples);
}

}  // namespace kolega::cli
