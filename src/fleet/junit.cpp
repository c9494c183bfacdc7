// JUnit XML: a suite a repository, in it a case a rule and, where there is no whole verdict, a case that says why.
// What its readers require: report/junit.cpp.
#include <ostream>
#include <vector>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "fleet/formats.hpp"
#include "report/junit_xml.hpp"

namespace kolega::fleet {

namespace {

using report::junit::Case;
using report::junit::CaseState;

Case rule_case(const std::string& suite, const RuleNote& rule) {
  Case out;
  out.classname = suite;
  out.name = report::junit::shown("rule " + rule.id, report::junit::longest_name);
  const auto found = plural(rule.count, "finding") + ", mode " + std::string(policy::name_of(rule.mode));
  switch (rule.state) {
    case gate::RuleState::kept:
      break;
    case gate::RuleState::broken:
      // A rule that only warns must not turn a test report red.
      out.state = rule.mode == policy::Mode::block ? CaseState::failed : CaseState::skipped;
      out.type = "broken";
      out.message = "the rule is broken: " + found;
      break;
    case gate::RuleState::undecided:
      out.state = CaseState::skipped;
      out.type = "undecided";
      out.message = "the rule is undecided, not all is known: " + found;
      break;
    case gate::RuleState::skipped:
      out.state = CaseState::skipped;
      out.type = "skipped";
      out.message = "the rule is for other branches or scan types";
      break;
  }
  return out;
}

/// The verdict as a case of its own: a repository without rules still has one, and what is missing is an error.
Case verdict_case(const Fleet& fleet, const std::string& suite, const Row& row) {
  Case out;
  out.classname = suite;
  out.name = "verdict";
  if (row.result) out.time = std::chrono::duration_cast<Duration>(row.result->ended - row.result->began);
  if (out.time < Duration::zero()) out.time = {};
  if (row.outcome == gate::Outcome::incomplete) {
    out.state = CaseState::error;
    out.type = "exit-code-" + std::to_string(row.exit_code);
    out.message = describe(fleet, row);
    if (out.message.empty()) out.message = "incomplete";
    for (const auto& cause : row.result ? row.result->causes : std::vector<CauseNote>{}) {
      if (!cause.hint.empty()) out.lines.push_back("what to do: " + cause.hint);
    }
  } else if (row.outcome == gate::Outcome::fail && row.result) {
    out.state = CaseState::failed;
    out.type = "fail";
    out.message = describe(fleet, row);
    if (out.message.empty()) out.message = "the verdict is fail";
  }
  return out;
}

std::string suite_name(const Row& row) {
  const auto name = report::junit::shown(name_of(row), report::junit::longest_name);
  return name == row.selected->id ? name : name + " (" + row.selected->id + ")";
}

std::vector<Case> cases_of(const Fleet& fleet, const Row& row) {
  const auto suite = suite_name(row);
  std::vector<Case> cases{verdict_case(fleet, suite, row)};
  report::junit::UniqueNames names;
  names.make_unique(cases.front());
  for (const auto& rule : row.result ? row.result->rules : std::vector<RuleNote>{}) {
    cases.push_back(rule_case(suite, rule));
    names.make_unique(cases.back());
  }
  return cases;
}

std::string properties(const Row& row) {
  std::string out = "    <properties>\n";
  report::junit::append_property(out, "outcome", gate::name_of(row.outcome));
  report::junit::append_property(out, "repository id", row.selected->id);
  if (row.result && row.result->policy) report::junit::append_property(out, "policy digest", row.result->policy->digest);
  return out + "    </properties>\n";
}

}  // namespace

void write_junit(const Fleet& fleet, const Summary& summary, const FormatOptions&, std::ostream& stream) {
  report::junit::Counts total;
  for (const auto& row : summary.rows) total.add(report::junit::count(cases_of(fleet, row)));
  BufferedWriter out(stream);
  std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  report::junit::append_root_head(head, std::string(program_name) + " fleet", total);
  out.write(head);
  const Instant started = fleet.parts.empty() ? Instant{} : fleet.parts.front().started_at;
  for (const auto& row : summary.rows) {
    const auto cases = cases_of(fleet, row);
    std::string text;
    report::junit::append_suite_head(text, suite_name(row), report::junit::count(cases),
                                     row.result ? row.result->began : started);
    text += properties(row);
    for (const auto& entry : cases) report::junit::append_case(text, entry);
    out.write(text + "  </testsuite>\n");
  }
  out.write("</testsuites>\n");
  out.flush();
}

}  // namespace kolega::fleet
