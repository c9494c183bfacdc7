// How the readers of our outputs read them, by their own rules: GitHub's runner, Azure's agent, a terminal, a browser,
// an XML parser. For tests that ask what a reader would obey; none of it shares code with the writers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kolega::test {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A command that a runner takes out of a line of the log.
struct LogCommand {
  std::string name{};
  Pairs properties{};
  std::string data{};
};

/// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs: both forms, `::x::` behind leading
/// white space and `##[x]` anywhere.
std::optional<LogCommand> read_github_line(std::string_view line);
/// https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/Util/Command.cs: `##vso[` by IndexOf.
std::optional<LogCommand> read_azure_line(std::string_view line);
/// FileCommandManager.cs, EnvFileKeyValuePairs: NAME=VALUE or NAME<<DELIMITER. Throws std::runtime_error as the runner
/// does.
Pairs read_github_file(std::string_view text);

/// What a terminal would obey or what would hide or turn text: controls (but for '\n' and, where allowed, the gate's own
/// colours), C1, bidirectional and invisible characters, malformed bytes. Empty: nothing.
std::string find_terminal_harm(std::string_view text, bool colours = false);

/// XML 1.0, well formed, and of JUnit's elements alone. Empty: as it should be, else why not.
std::string find_junit_fault(const std::string& text);
/// Our page: known elements with known attributes, every value quoted, everything closed. Empty: as it should be.
std::string find_html_fault(std::string_view page);
/// GitHub, GitLab and Azure DevOps: text of a table cell that leaves it, HTML but <br> and <code>, links but to http(s),
/// images, mentions and references. Empty: as it should be.
std::string find_markdown_fault(const std::string& page);

}  // namespace kolega::test
