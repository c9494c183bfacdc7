// Workflow commands: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
// Logging commands: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
#include "report/ci_commands.hpp"

#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "report/annotations.hpp"
#include "report/escape.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t longest_value = 4096;

Literal word_of(Annotation::Level level) {
  switch (level) {
    case Annotation::Level::error:
      return "error";
    case Annotation::Level::warning:
      return "warning";
    case Annotation::Level::notice:
      return "notice";
  }
  return "error";
}

GithubCommands github_command(const Annotation& annotation) {
  auto out = "::" + GithubCommands(word_of(annotation.level)) + " ";
  if (!annotation.path.empty()) {
    out += "file=" + GithubSink::property(annotation.path) + ",";
    if (annotation.line > 0) {
      out += "line=" + GithubCommands(annotation.line) + ",endLine=" + GithubCommands(annotation.end_line) + ",";
    }
  }
  return out + "title=" + GithubSink::property(annotation.title) + "::" + GithubSink::data(annotation.message) +
         "\n";
}

/// Azure knows no notices; they become plain lines of the log.
AzureCommands azure_command(const Annotation& annotation) {
  const auto text = annotation.title + ": " + annotation.message;
  if (annotation.level == Annotation::Level::notice) return AzureSink::line(text) + "\n";
  auto out = "##vso[task.logissue type=" + AzureCommands(word_of(annotation.level)) + ";";
  if (!annotation.path.empty()) {
    out += "sourcepath=" + AzureSink::escape(annotation.path) + ";";
    if (annotation.line > 0) out += "linenumber=" + AzureCommands(annotation.line) + ";";
  }
  if (!annotation.check.empty()) out += "code=" + AzureSink::escape(annotation.check) + ";";
  return out + "]" + AzureSink::escape(text) + "\n";
}

template <class Sink>
void write_commands(std::ostream& out, const Markup<Sink>& commands) {
  out << commands.view();
  if (!out) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
}

std::string batch_ids(const gate::DecisionRecord& record) {
  std::string out;
  for (const auto& batch : record.inputs.batches) {
    if (!batch.id.empty()) out += (out.empty() ? "" : ",") + printable(cut(batch.id, 100));
  }
  return cut(out, longest_value);
}

}  // namespace

std::vector<Variable> verdict_variables(const gate::DecisionRecord& record) {
  const auto& tally = record.verdict.tally;
  const auto of = [&](Severity severity) { return std::to_string(tally.by_severity[index_of(severity)]); };
  return {{"verdict", std::string(gate::name_of(record.verdict.outcome))},
          {"batch-ids", batch_ids(record)},
          {"total", std::to_string(tally.total)},
          {"critical", of(Severity::critical)},
          {"high", of(Severity::high)},
          {"medium", of(Severity::medium)},
          {"low", of(Severity::low)},
          // Empty where nothing is compared: a step must not take that for "none".
          {"new", record.verdict.comparison ? std::to_string(record.verdict.comparison->fresh) : ""},
          {"waived", std::to_string(tally.by_disposition[static_cast<std::size_t>(gate::Disposition::waived)])}};
}

EnvironmentFile render_github_outputs(const std::vector<Variable>& variables, const std::string& delimiter) {
  EnvironmentFile out;
  for (const auto& variable : variables)
    out += EnvironmentSink::entry(variable.name, cut(variable.value, longest_value), delimiter);
  return out;
}

AzureCommands render_azure_variables(const std::vector<Variable>& variables) {
  AzureCommands out;
  for (const auto& variable : variables) {
    std::string name(variable.name.view());
    std::replace(name.begin(), name.end(), '-', '_');
    out += "##vso[task.setvariable variable=" + AzureSink::escape(name) + ";isOutput=true]" +
           AzureSink::escape(cut(variable.value, longest_value)) + "\n";
  }
  return out;
}

AzureCommands render_azure_summary(std::string_view path) {
  return "##vso[task.uploadsummary]" + AzureSink::escape(path) + "\n";
}

void write_github(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  GithubCommands commands;
  for (const auto& annotation : annotations(record)) commands += github_command(annotation);
  write_commands(out, commands);
}

void write_azure(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  AzureCommands commands;
  for (const auto& annotation : annotations(record)) commands += azure_command(annotation);
  write_commands(out, commands);
}

}  // namespace kolega::report
