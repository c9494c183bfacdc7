// GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
// Its reader stops at the first entry that it dislikes, so every field is made sure of.
#include <algorithm>
#include <map>
#include <ostream>

#include "base/digest.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "report/escape.hpp"
#include "report/finding_id.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

constexpr std::size_t longest_description = 500;

std::string_view code_quality_severity(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return "blocker";
    case Severity::high:
      return "critical";
    case Severity::medium:
      return "major";
    case Severity::low:
      return "minor";
    case Severity::info:
      return "info";
  }
  return "blocker";
}

/// The format has no word for "not everything was read", and an empty list means "nothing was found".
void write_gaps(const gate::DecisionRecord& record, JsonWriter& json) {
  std::map<std::string, int> seen;
  for (const auto& gap : record.verdict.incomplete) {
    const auto cause = "incomplete (" + std::string(name_of(gap.cause)) + ")";
    json.one_line().begin_object();
    json.member("description", printable(cause + ": " + cut(gap.detail, longest_description)));
    json.member("check_name", "kolega-gate/incomplete");
    json.member("fingerprint", sha256_hex(cause + " " + std::to_string(++seen[cause])));
    json.member("severity", code_quality_severity(gap.allowed ? Severity::info : Severity::critical));
    json.key("location").begin_object().member("path", unknown_place);
    json.key("lines").begin_object().member("begin", 1U).end_object().end_object().end_object();
  }
}

}  // namespace

void write_codequality(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  JsonWriter json(out, JsonWriter::Style::pretty);
  FindingIds ids;
  const FixIndex fixes(record);
  json.begin_array();
  write_gaps(record, json);
  for (const auto row : active_rows(record)) {
    const auto& finding = record.inputs.findings.rows[row];
    const auto path = relative_path(finding.path);
    json.one_line().begin_object();
    const auto fix = fixes.describe(finding);
    json.member("description", printable(message_of(finding, longest_description) +
                                         (fix.empty() ? fix : " (" + cut(fix, longest_description) + ")")));
    json.member("check_name", printable(cut(check_name(finding), 200)));
    json.member("fingerprint", ids.next(finding));
    json.member("severity", code_quality_severity(record.verdict.findings[row].severity));
    json.key("location").begin_object();
    json.member("path", path.empty() ? unknown_place : std::string_view(path));
    json.key("lines").begin_object().member("begin", path.empty() ? 1U : std::max(1U, finding.line));
    json.end_object().end_object().end_object();
  }
  json.end_array().finish();
}

}  // namespace kolega::report
