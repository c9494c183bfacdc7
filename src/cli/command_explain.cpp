// A decision record told to a person: the whole verdict, or one finding of it.
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/next_steps.hpp"
#include "gate/explain.hpp"
#include "report/escape.hpp"
#include "report/explain.hpp"
#include "report/view.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t most_candidates = 20;
constexpr std::size_t most_explained = 50;
constexpr std::size_t widest_line = 116;

gate::DecisionRecord load_record(const std::string& file) {
  const sys::MappedFile mapped(file, ErrorKind::input);
  const TextSource source(mapped.text(), [&](std::size_t bytes) { mapped.release(bytes); });
  auto recorded = gate::read_recorded(source, printable(file == "-" ? "standard input" : file));
  auto record = gate::decide(std::move(recorded.inputs));
  record.tool_version = std::move(recorded.tool_version);
  return record;
}

[[noreturn]] void refuse_none(const std::string& text, const gate::Found& found) {
  throw Error(ErrorKind::usage, "no finding of the record is called '" + printable(text, 200) + "'",
              found.nearest.empty()
                  ? "name a fingerprint, the beginning of one, a check id, a path or path:line"
                  : "did you mean '" + printable(found.nearest, 200) + "'?");
}

[[noreturn]] void refuse_ambiguous(const gate::DecisionRecord& record, const std::string& text,
                                   const std::vector<std::uint32_t>& rows) {
  std::vector<std::string> lines;
  for (const auto row : rows) {
    if (lines.size() == most_candidates) break;
    const auto& finding = record.inputs.findings.rows[row];
    lines.push_back(log_line(finding.fingerprint.str() + "  " + report::describe_place(finding) +
                                 "  " + std::string(report::check_name(finding)),
                             widest_line)
                        .str());
  }
  if (rows.size() > lines.size())
    lines.push_back("and " + std::to_string(rows.size() - lines.size()) + " more");
  throw Error(ErrorKind::usage,
              "'" + printable(text, 200) + "' is the name of " + plural(rows.size(), "finding"),
              "name one by its fingerprint")
      .with_excerpt(join(lines, "\n"));
}

std::vector<std::uint32_t> require_rows(const gate::DecisionRecord& record, const std::string& text) {
  auto found = gate::find_rows(record, text);
  if (found.rows.empty()) refuse_none(text, found);
  if (found.rows.size() > (found.named ? most_explained : 1)) refuse_ambiguous(record, text, found.rows);
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
  const auto record = load_record(words.front());
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
