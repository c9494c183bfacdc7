// Shell completion, made of the option tables: commands, options, the words that options take, and file
// names.
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/printer.hpp"

namespace kolega::cli {

namespace {

std::vector<std::string_view> shells() {
  return {"bash", "zsh", "fish"};
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const auto word : words) out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

std::string option_words(const Command& command) {
  std::string out = "--help";
  for (const auto& option : command.options) {
    for (const auto name : split(option.names, ',')) out += " " + std::string(name);
  }
  return out;
}

std::vector<std::string_view> choices_of(const Option& option) {
  return option.choices ? option.choices() : std::vector<std::string_view>{};
}

/// "-o|--output": a pattern of the shells' case.
std::string pattern_of(const Option& option) {
  std::string out(option.names);
  for (auto& c : out) {
    if (c == ',') c = '|';
  }
  return out;
}

/// What the shells of Bourne's family share: the case that sets `words` for the word before and the command.
std::string bourne_cases() {
  std::string out = "  case \"$command\" in\n";
  for (const auto& command : commands()) {
    out += "    '" + std::string(command.name) + "')\n      case \"$before\" in\n";
    for (const auto& option : command.options) {
      if (option.value.empty() || option.value_optional) continue;
      const auto choices = choices_of(option);
      out += "        " + pattern_of(option) + ") words='" + joined(choices) +
             "'; kind=" + (choices.empty() ? "file" : "word") + " ;;\n";
    }
    const auto own = command.positional.choices ? " " + joined(command.positional.choices()) : std::string{};
    out += "        *) words='" + option_words(command) + own +
           "'; kind=" + (command.positional.name.empty() || command.positional.choices ? "word" : "both") +
           " ;;\n" + "      esac ;;\n";
  }
  return out + "    *) words='" + [] {
    std::string names = "--help --version";
    std::string last;
    for (const auto& command : commands()) {
      const auto first = std::string(command.name.substr(0, command.name.find(' ')));
      if (first != last) names += " " + first;
      last = first;
    }
    return names;
  }() + "'; kind=word ;;\n  esac\n";
}

/// The second words of "policy", "repos", "scans".
std::string bourne_groups() {
  std::map<std::string, std::string> groups;
  for (const auto& command : commands()) {
    const auto blank = command.name.find(' ');
    if (blank == std::string_view::npos) continue;
    auto& words = groups[std::string(command.name.substr(0, blank))];
    words += (words.empty() ? "" : " ") + std::string(command.name.substr(blank + 1));
  }
  std::string out = "  case \"$first\" in\n";
  for (const auto& [group, words] : groups) {
    out += "    " + group +
           ") command=\"$first $second\"; [ \"$position\" = 2 ] && { command=group; words='" + words +
           "'; kind=word; } ;;\n";
  }
  return out + "    *) command=\"$first\" ;;\n  esac\n";
}

std::string bash() {
  return "# bash completion of kolega-gate; load it with: source <(kolega-gate completion bash)\n"
         "_kolega_gate() {\n"
         "  local words='' kind=word command='' first=\"${COMP_WORDS[1]}\" second=\"${COMP_WORDS[2]}\"\n"
         "  local position=$COMP_CWORD before=\"${COMP_WORDS[COMP_CWORD-1]}\" "
         "current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
         "  [ \"$position\" = 1 ] && first=''\n" +
         bourne_groups() + "  if [ \"$command\" != group ]; then\n" + bourne_cases() +
         "  fi\n"
         "  COMPREPLY=()\n"
         "  [ \"$kind\" != file ] && COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  [ \"$kind\" != word ] && COMPREPLY+=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _kolega_gate kolega-gate\n";
}

std::string zsh() {
  return "#compdef kolega-gate\n"
         "# zsh completion of kolega-gate; load it with: source <(kolega-gate completion zsh)\n"
         "_kolega_gate() {\n"
         "  local words_typed=(\"${words[@]}\") position=$((CURRENT - 1))\n"
         "  local first=\"${words_typed[2]}\" second=\"${words_typed[3]}\" "
         "before=\"${words_typed[CURRENT-1]}\"\n"
         "  local words='' kind=word command=''\n"
         "  [ \"$position\" = 1 ] && first=''\n" +
         bourne_groups() + "  if [ \"$command\" != group ]; then\n" + bourne_cases() +
         "  fi\n"
         "  [ \"$kind\" != file ] && compadd -- ${=words}\n"
         "  [ \"$kind\" != word ] && _files\n"
         "  return 0\n"
         "}\n"
         "# As a file of $fpath this is the body of a function; sourced, it has to say what it completes.\n"
         "if [ \"${funcstack[1]}\" = _kolega-gate ]; then _kolega_gate \"$@\"; else compdef _kolega_gate "
         "kolega-gate; fi\n";
}

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_option(const Option& option, const std::string& condition) {
  std::string out = "complete -c kolega-gate -n " + condition;
  for (const auto name : split(option.names, ',')) {
    out +=
        name.starts_with("--") ? " -l " + std::string(name.substr(2)) : " -s " + std::string(name.substr(1));
  }
  const auto choices = choices_of(option);
  if (!choices.empty()) {
    out += " -x -a " + fish_quoted(joined(choices));
  } else if (!option.value.empty() && !option.value_optional) {
    out += " -r";
  }
  return out + " -d " + fish_quoted(option.help) + "\n";
}

std::string fish() {
  std::string out = "# fish completion of kolega-gate; load it with: kolega-gate completion fish | source\n";
  std::string last;
  for (const auto& command : commands()) {
    const auto words = split(command.name, ' ');
    const std::string first(words.front());
    if (first != last) {
      const auto summary = words.size() > 1 ? std::string_view{} : command.summary;
      out += "complete -c kolega-gate -n __fish_use_subcommand -f -a " + first + " -d " +
             fish_quoted(summary) + "\n";
    }
    last = first;
    auto condition = "'__fish_seen_subcommand_from " + first;
    if (words.size() > 1) {
      const std::string second(words.back());
      out += "complete -c kolega-gate -n " + condition + "' -f -a " + second + " -d " +
             fish_quoted(command.summary) + "\n";
      condition += "; and __fish_seen_subcommand_from " + second;
    }
    condition += "'";
    for (const auto& option : command.options) out += fish_option(option, condition);
    if (command.positional.choices) {
      out += "complete -c kolega-gate -n " + condition + " -f -a " +
             fish_quoted(joined(command.positional.choices())) + "\n";
    }
  }
  return out;
}

int run(const Invocation& invocation) {
  const auto& shell = invocation.arguments.positionals().front();
  std::string text;
  if (shell == "bash") text = bash();
  if (shell == "zsh") text = zsh();
  if (shell == "fish") text = fish();
  if (text.empty())
    throw Error(ErrorKind::usage, "unknown shell '" + printable(shell, 60) + "'", suggest("", shells()));
  invocation.streams.out.bytes() << text;
  invocation.streams.out.flush();
  return 0;
}

}  // namespace

Command command_completion() {
  return {
      .name = "completion",
      .summary = "shell completion for bash, zsh or fish",
      .description = "Prints a completion script on standard output.",
      .options = output_options(),
      .positional = {.name = "SHELL", .help = "bash, zsh or fish", .required = true, .choices = shells},
      .examples = {{"completion bash > /etc/bash_completion.d/kolega-gate", "install it for bash"},
                   {"completion fish | source", "try it in fish"}},
      .run = run,
  };
}

}  // namespace kolega::cli
