#include "cli/man.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t line_width = 78;

struct Row {
  std::string_view term{};
  std::string_view meaning{};
};

// The same table for people in README.md, "Exit codes".
constexpr std::array<Row, 14> exit_statuses{
    {{"0",
      "Verdict pass, warn or allowed_incomplete: everything was read and judged, and the policy is met."},
     {"1", "Verdict fail: a blocking rule is broken. Only ever this."},
     {"2", "Used wrongly: arguments, policy, an output that cannot be written."},
     {"3", "The quota is exhausted."},
     {"4", "Not authenticated, not allowed, or the repository is unknown to this key."},
     {"5", "API or network error after retries, or an answer that breaks the contract."},
     {"6", "Incomplete: a batch failed or is partial, or something that a rule needs is missing."},
     {"7", "Still running when the timeout ended; the command to attach again is printed."},
     {"8", "A test of the policy itself failed."},
     {"9", "Of replay and verify: a record or a signature does not hold."},
     {"70", "Internal error."},
     {"129", "Hung up; the scan goes on."},
     {"130", "Interrupted; the scan goes on."},
     {"143", "Terminated; the scan goes on."}}};

constexpr std::array<Row, 8> other_variables{
    {{"KOLEGA_TOKEN", "The API token."},
     {"HTTPS_PROXY", "Proxy for https, as URL; also in lower case."},
     {"HTTP_PROXY", "Proxy for http; also in lower case."},
     {"NO_PROXY", "Hosts that are reached without a proxy; also in lower case."},
     {"NO_COLOR", "Set to anything: no colours."},
     {"SSL_CERT_FILE", "Bundle of certificate authorities, where --ca-file is not given."},
     {"SSL_CERT_DIR", "Directory of certificate authorities."},
     {"GITHUB_ACTIONS",
      "One of the variables by which the CI is recognised, and with it repository and commit."}}};

constexpr std::array<Row, 3> files{
    {{".kolega/policy.yaml", "The policy; else .kolega/policy.yml, else kolega-policy.yaml."},
     {"/usr/share/kolega-gate/policies", "Policies to start from, also known as builtin:NAME."},
     {"/usr/share/doc/kolega-gate", "The policy language, the reports, the licences of what is linked in."}}};

/// Text that roff takes for nothing else: its own characters, and a dash that can be copied into a shell.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '"':
        out += "\\(dq";
        break;
      default:
        out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

/// A paragraph in short lines; a sentence begins a line, as roff wants it.
std::string filled(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  const auto line = collapse_white_space(text);
  for (const auto word : split(line, ' ')) {
    const auto piece = escaped(word);
    if (column > 0) {
      const bool fresh = out.ends_with('.') || column + 1 + piece.size() > line_width;
      out += fresh ? '\n' : ' ';
      column = fresh ? 0 : column + 1;
    }
    out += piece;
    column += piece.size();
  }
  return out + "\n";
}

std::string paragraphs(std::string_view text) {
  std::string out;
  for (const auto line : split(text, '\n')) {
    if (!line.empty()) out += (out.empty() ? "" : ".PP\n") + filled(line);
  }
  return out;
}

std::string section(std::string_view title) {
  return ".SH " + std::string(title) + "\n";
}
std::string entry(const std::string& term, std::string_view meaning) {
  return ".TP\n" + term + "\n" + filled(meaning);
}
template <std::size_t size>
std::string entries(const std::array<Row, size>& rows) {
  std::string out;
  for (const auto& row : rows) out += entry(bold(row.term), row.meaning);
  return out;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::string head(const std::string& page, std::string_view date, std::string_view summary) {
  return ".\\\" Made of the option tables of the program; changes belong there.\n.TH " +
         escaped(upper(page)) + " 1 " + std::string(date) + " \"" + std::string(program_name) + " " +
         std::string(version()) + "\" \"Kolega gate manual\"\n.nh\n.ad l\n" + section("NAME") +
         filled(page + " - " + std::string(summary));
}

std::string names_of(const Option& option) {
  std::string out;
  for (const auto name : split(option.names, ',')) out += (out.empty() ? "" : ", ") + bold(name);
  if (option.value.empty()) return out;
  return option.value_optional ? out + "[=" + italic(option.value) + "]" : out + " " + italic(option.value);
}

std::string help_of(const Option& option) {
  std::string out(option.help);
  if (option.repeatable) out += " (repeatable)";
  if (!option.environment.empty()) out += " [env: " + std::string(option.environment) + "]";
  return out;
}

std::string synopsis_of(const Command& command) {
  auto out =
      bold(std::string(program_name) + " " + std::string(command.name)) + " [" + italic("options") + "]";
  const auto& positional = command.positional;
  if (positional.name.empty()) return out + "\n";
  const auto name = italic(positional.name) + (positional.repeatable ? "..." : "");
  return out + (positional.required ? " " + name : " [" + name + "]") + "\n";
}

std::string examples_of(const Command& command) {
  std::string out;
  for (const auto& example : command.examples) {
    out += ".PP\n" + filled(std::string(example.meaning) + ":") + ".PP\n.RS 4\n.nf\n" +
           escaped(std::string(program_name) + " " + std::string(example.line)) + "\n.fi\n.RE\n";
  }
  return out.empty() ? out : section("EXAMPLES") + out.substr(out.find('\n') + 1);
}

/// The variables that stand in for options, once each, with the options.
std::string variables() {
  std::map<std::string, std::string> options;
  for (const auto& command : commands()) {
    for (const auto& option : command.options) {
      if (!option.environment.empty())
        options[std::string(option.environment)] = "Stands in for --" + std::string(long_name(option)) + ".";
    }
  }
  std::string out;
  for (const auto& [variable, meaning] : options) out += entry(bold(variable), meaning);
  return out;
}

}  // namespace

std::string man_page_name(const Command& command) {
  auto out = std::string(program_name) + "-" + std::string(command.name);
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string render_man(std::string_view date) {
  const std::string name(program_name);
  auto out = head(name, date, "security gate for pipelines on the Kolega DevSec API") + section("SYNOPSIS") +
             bold(name) + " " + italic("COMMAND") + " [" + italic("options") + "]\n" +
             section("DESCRIPTION") +
             filled(
                 "Reads a policy, lets Kolega DevSec scan the repository, waits, reads every finding, judges "
                 "by the policy, writes reports and exits.") +
             ".PP\n" +
             filled(
                 "It fails closed. Exit status 0 means: every scan finished, every finding was read and "
                 "judged, and the policy is met.") +
             section("COMMANDS");
  for (const auto& command : commands()) {
    out += entry(bold(command.name) + ", see " + bold(man_page_name(command)) + "(1)", command.summary);
  }
  out += section("EXIT STATUS") + entries(exit_statuses) + ".PP\n" +
         filled("When several apply: 1, then 4, 2, 3, 5, 7, 6.") + section("ENVIRONMENT") + variables() +
         entries(other_variables) + section("FILES") + entries(files) + section("SEE ALSO");
  return out + filled("https://github.com/kolega-ai/kolega-gate");
}

std::string render_man(const Command& command, std::string_view date) {
  const auto page = man_page_name(command);
  auto out = head(page, date, command.summary) + section("SYNOPSIS") + synopsis_of(command) +
             section("DESCRIPTION") + paragraphs(command.description);
  if (!command.positional.name.empty())
    out += section("ARGUMENTS") + entry(italic(command.positional.name), command.positional.help);
  out += section("OPTIONS");
  for (const auto& option : command.options) out += entry(names_of(option), help_of(option));
  out += entry(bold("-h") + ", " + bold("--help"), "this help");
  return out + examples_of(command) + section("SEE ALSO") + bold(program_name) + "(1) has the exit status.\n";
}

}  // namespace kolega::cli
