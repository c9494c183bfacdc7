// Workflow and logging commands go to standard error: both runners read it as they read standard output, and
// standard output holds nothing but a report that was asked for.
#include "cli/ci_outputs.hpp"

#include <ostream>
#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/printer.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

/// Over 1 MiB in all, the runner drops the summary of a step whole.
constexpr std::uint64_t most_summary_bytes = 1024 * 1024;

std::vector<std::string_view> ci_words() {
  return {"auto", "off"};
}

bool is_wanted(const Invocation& invocation) {
  const auto flag = invocation.arguments.find("ci");
  const auto word = flag ? flag : invocation.system.environment.find("KOLEGA_CI");
  if (!word || *word == "auto") return true;
  if (*word == "off") return false;
  throw Error(ErrorKind::usage,
              std::string(flag ? "--ci" : "KOLEGA_CI") + ": unknown word '" + printable(*word, 60) + "'",
              suggest(*word, ci_words()));
}

std::string rendered(std::string_view format, const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::find_format(format)->write(record, {}, out);
  return out.str();
}

}  // namespace

std::vector<Option> ci_options() {
  return options_of(
      {{{.names = "--ci",
         .value = "WHEN",
         .help = "auto: in GitHub Actions and Azure Pipelines also write annotations, the summary and values "
                 "for later steps; off: do not",
         .environment = "KOLEGA_CI",
         .choices = ci_words}},
       comment_options()});
}

CiOutputs::CiOutputs(const Invocation& invocation) : invocation_(invocation), comment_(invocation) {
  if (!is_wanted(invocation)) return;
  system_ = ci::detect(invocation.system.environment).system;
  const auto file = invocation.system.environment.find("GITHUB_OUTPUT");
  if (system_ == ci::System::github && file) sys::append_lines(*file, {});
}

void CiOutputs::write(const gate::DecisionRecord& record, int exit_code, const Reports& reports) const {
  switch (system_) {
    case ci::System::github:
      return write_github(record, exit_code, reports);
    case ci::System::azure:
      return write_azure(record, exit_code, reports);
    case ci::System::none:
    case ci::System::gitlab:  // reads reports only
    case ci::System::bitbucket:
    case ci::System::jenkins:
    case ci::System::other:
      return;
  }
}

std::vector<report::Variable> CiOutputs::variables(const gate::DecisionRecord& record, int exit_code,
                                                   const Reports& reports) const {
  auto out = report::verdict_variables(record);
  out.push_back({"exit-code", std::to_string(exit_code)});
  out.push_back({"sarif-file", reports.path_of("sarif").value_or("")});
  out.push_back({"junit-file", reports.path_of("junit").value_or("")});
  return out;
}

/// Not among JSON lines, which somebody parses.
void CiOutputs::write_commands(std::string_view commands) const {
  if (invocation_.printer.json()) return;
  invocation_.printer.clear_progress();
  invocation_.printer.bytes() << commands << std::flush;
}

/// Once is enough: not when the same commands were asked for on standard output.
void CiOutputs::annotate(std::string_view format, const gate::DecisionRecord& record,
                         const Reports& reports) const {
  if (!reports.is_on_stdout(format)) write_commands(rendered(format, record));
}

void CiOutputs::write_github(const gate::DecisionRecord& record, int exit_code,
                             const Reports& reports) const {
  annotate("github", record, reports);
  write_github_summary(record);
  const auto file = invocation_.system.environment.find("GITHUB_OUTPUT");
  if (!file) return;
  sys::append_lines(*file, report::render_github_outputs(variables(record, exit_code, reports),
                                                         random_name("kolega_gate_")).str());
}

void CiOutputs::write_github_summary(const gate::DecisionRecord& record) const {
  const auto file = invocation_.system.environment.find("GITHUB_STEP_SUMMARY");
  if (!file) return;
  try {
    sys::append_lines(*file, rendered("markdown", record), most_summary_bytes);
  } catch (const Error& error) {
    invocation_.printer.warning("the step summary was not written: " + error.message());
  }
}

void CiOutputs::write_azure(const gate::DecisionRecord& record, int exit_code, const Reports& reports) const {
  annotate("azure", record, reports);
  if (invocation_.printer.json()) {
    invocation_.printer.warning(
        "--log-format json: no issues, summary and output variables for Azure Pipelines");
    return;
  }
  upload_azure_summary(record);
  write_commands(report::render_azure_variables(variables(record, exit_code, reports)).view());
}

/// The agent empties its directory for temporary files after the job, when it has read the summary.
void CiOutputs::upload_azure_summary(const gate::DecisionRecord& record) const {
  const auto directory = invocation_.system.environment.find("AGENT_TEMPDIRECTORY");
  if (!directory) return;
  try {
    const auto path = *directory + "/" + random_name("kolega-gate-") + ".md";
    sys::write_file(path, rendered("markdown", record));
    write_commands(report::render_azure_summary(path).view());
  } catch (const Error& error) {
    invocation_.printer.warning("the summary of the build was not written: " + error.message());
  }
}

std::string CiOutputs::random_name(std::string prefix) const {
  static constexpr char hex[] = "0123456789abcdef";
  for (int i = 0; i < 32; ++i) prefix += hex[static_cast<int>(invocation_.system.random() * 16) & 15];
  return prefix;
}

}  // namespace kolega::cli
