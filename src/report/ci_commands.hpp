// What a CI reads from the log and from its files: values for later steps, in the spelling of each CI.
// Not for: when they are written (cli/ci_outputs.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/record.hpp"
#include "report/escape.hpp"

namespace kolega::report {

/// A value for later steps; one line.
struct Variable {
  Literal name{};
  std::string value{};
};

/// verdict, batch-ids, total (all findings) and the counts of active ones; what the caller knows is added to
/// them.
std::vector<Variable> verdict_variables(const gate::DecisionRecord& record);

/// For the file GITHUB_OUTPUT. The delimiter must not be known to who writes a value (EnvironmentSink).
EnvironmentFile render_github_outputs(const std::vector<Variable>& variables, const std::string& delimiter);
/// Logging commands that set output variables; "exit-code" becomes "exit_code", Azure takes no hyphen.
AzureCommands render_azure_variables(const std::vector<Variable>& variables);
/// The logging command that shows a Markdown file, given by its absolute path, on the page of the build.
AzureCommands render_azure_summary(std::string_view path);

}  // namespace kolega::report
