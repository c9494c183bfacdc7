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

std::string_view github_name(Annotation::Level level) {
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

std::string github_command(const Annotation& annotation) {
  std::string out = "::" + std::string(github_name(annotation.level)) + " ";
  if (!annotation.path.empty()) {
    out += "file=" + github_property(annotation.path) + ",";
    if (annotation.line > 0) {
      out +=
          "line=" + std::to_string(annotation.line) + ",endLine=" + std::to_string(annotation.end_line) + ",";
    }
  }
  return out + "title=" + github_property(annotation.title) + "::" + github_data(annotation.message) + "\n";
}

/// Azure knows no notices; they become plain lines of the log.
std::string azure_command(const Annotation& annotation) {
  const auto text = annotation.title + ": " + annotation.message;
  if (annotation.level == Annotation::Level::notice) return log_line(text) + "\n";
  std::string out = "##vso[task.logissue type=" + std::string(github_name(annotation.level)) + ";";
  if (!annotation.path.empty()) {
    out += "sourcepath=" + azure_text(annotation.path) + ";";
    if (annotation.line > 0) out += "linenumber=" + std::to_string(annotation.line) + ";";
  }
  if (!annotation.check.empty()) out += "code=" + azure_text(annotation.check) + ";";
  return out + "]" + azure_text(text) + "\n";
}

void write_text(std::ostream& out, const std::string& text) {
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
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

std::string render_github_outputs(const std::vector<Variable>& variables, std::string delimiter) {
  std::vector<std::string> values;
  for (const auto& variable : variables) values.push_back(printable(cut(variable.value, longest_value)));
  const auto holds = [&](const std::string& value) { return value.find(delimiter) != std::string::npos; };
  while (std::any_of(values.begin(), values.end(), holds)) delimiter += "_";
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += std::string(variables[i].name) + "<<" + delimiter + "\n" + values[i] + "\n" + delimiter + "\n";
  }
  return out;
}

std::string render_azure_variables(const std::vector<Variable>& variables) {
  std::string out;
  for (const auto& variable : variables) {
    std::string name(variable.name);
    std::replace(name.begin(), name.end(), '-', '_');
    out += "##vso[task.setvariable variable=" + name + ";isOutput=true]" +
           azure_text(cut(variable.value, longest_value)) + "\n";
  }
  return out;
}

std::string render_azure_summary(std::string_view path) {
  return "##vso[task.uploadsummary]" + azure_text(path) + "\n";
}

void write_github(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  std::string text;
  for (const auto& annotation : annotations(record)) text += github_command(annotation);
  write_text(out, text);
}

void write_azure(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  std::string text;
  for (const auto& annotation : annotations(record)) text += azure_command(annotation);
  write_text(out, text);
}

}  // namespace kolega::report
