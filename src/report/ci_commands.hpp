// What a CI reads from the log and from its files: values for later steps, in the spelling of each CI.
// Not for: when they are written (cli/ci_outputs.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/record.hpp"

namespace kolega::report {

/// A value for later steps; one line.
struct Variable {
  std::string_view name{};
  std::string value{};
};

/// verdict, batch-ids and the counts; what the caller knows is added to them.
std::vector<Variable> verdict_variables(const gate::DecisionRecord& record);

/// For the file GITHUB_OUTPUT. The delimiter ends a value, so it is lengthened until no value holds it.
std::string render_github_outputs(const std::vector<Variable>& variables, std::string delimiter);
/// Logging commands that set output variables; "exit-code" becomes "exit_code", Azure takes no hyphen.
std::string render_azure_variables(const std::vector<Variable>& variables);
/// The logging command that shows a Markdown file, given by its absolute path, on the page of the build.
std::string render_azure_summary(std::string_view path);

}  // namespace kolega::report
