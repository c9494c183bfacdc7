// A decision record told to a person: the whole verdict, or one finding of it.
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/finding_names.hpp"
#include "cli/next_steps.hpp"
#include "cli/printer.hpp"
#include "gate/explain.hpp"
#include "report/escape.hpp"
#include "report/explain.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t most_explained = 50;

/// What is explained is what the facts give; an edited record must not pass for it silently.
void tell_other_outcome(const std::string& recorded, gate::Outcome decided, const std::string& shown,
                        Printer& printer) {
  if (recorded == gate::name_of(decided)) return;
  printer.warning(shown + " says '" + printable(recorded, 40) + "', but its facts give " +
                  std::string(gate::name_of(decided)) +
                  ", which is explained here: 'kolega-gate replay' shows where they differ");
}

gate::DecisionRecord load_record(const std::string& file, Printer& printer) {
  const sys::MappedFile mapped(file, ErrorKind::input);
  const TextSource source(mapped.text(), [&](std::size_t bytes) { mapped.release(bytes); });
  const auto shown = printable(file == "-" ? "standard input" : file);
  auto recorded = gate::read_recorded(source, shown);
  auto record = gate::decide(std::move(recorded.inputs));
  tell_other_outcome(recorded.outcome, record.verdict.outcome, shown, printer);
  record.tool_version = std::move(recorded.tool_version);
  return record;
}

std::vector<std::uint32_t> require_rows(const gate::DecisionRecord& record, const std::string& text) {
  auto found = gate::find_rows(record, text);
  if (found.rows.empty()) refuse_no_finding(text, found.nearest);
  if (found.rows.size() > (found.named ? most_explained : 1)) refuse_many_findings(text, record.inputs.findings.rows, found.rows);
  return std::move(found.rows);
}

void explain_verdict(const Invocation& invocation, const gate::DecisionRecord& record,
                     const report::ReportOptions& options) {
  auto& out = invocation.streams.out;
  if (invocation.arguments.has("json")) {
    report::write_verdict_explained_json(record, out.bytes());
  } else {
    report::write_verdict_explained(record, options, out.bytes());
    if (record.verdict.outcome == gate::Outcome::fail || record.verdict.outcome == gate::Outcome::warn)
      return;
    for (const auto& step : next_steps(record, {}, true)) out.line("next: " + log_line(step));
  }
}

int run(const Invocation& invocation) {
  const auto& words = invocation.arguments.positionals();
  const auto record = load_record(words.front(), invocation.printer);
  report::ReportOptions options;
  options.width = table_columns(invocation.system);
  if (words.size() == 1) {
    explain_verdict(invocation, record, options);
  } else {
    if (!record.inputs.policy)
      throw Error(ErrorKind::input, "the record holds no policy: the run ended before it was known");
    const auto rows = require_rows(record, words[1]);
    if (invocation.arguments.has("json")) {
      report::write_findings_explained_json(record, rows, invocation.streams.out.bytes());
    } else {
      report::write_findings_explained(record, rows, options, invocation.streams.out.bytes());
    }
  }
  invocation.streams.out.flush();
  return 0;
}

}  // namespace

Command command_explain() {
  return {
      .name = "explain",
      .summary = "why a verdict is what it is, what would turn it, why a finding counts or not",
      .description =
          "Explains a decision record: every rule with its place in the policy file, what is missing and its "
          "remedy, and the fewest findings to fix, triage or waive, each way tried out before it is said. "
          "With "
          "a second word it explains one finding, named by its fingerprint, the beginning of one (four "
          "characters or more), its check id, path or path:line. Exit code 0 whatever the verdict; 2 when "
          "the "
          "record cannot be read or no finding, or several, have that name.",
      .options =
          options_of({{{.names = "--json", .help = "print the explanation as JSON on standard output"}},
                      output_options()}),
      .positional = {.name = "RECORD [FINDING]",
                     .help = "a decision record (- is standard input), and a finding of it",
                     .required = true,
                     .optional = 1},
      .examples = {{"explain decision.json", "the verdict, and what would turn it"},
                   {"explain decision.json 5f0c2a77", "one finding, by the beginning of its fingerprint"},
                   {"explain decision.json src/app.py:12", "the finding at this place"}},
      .run = run,
  };
}

}  // namespace kolega::cli
