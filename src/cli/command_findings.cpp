// findings list, get and set-status: what the server knows of findings, and their triage.
#include <boost/json/serialize.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "cli/text_table.hpp"
#include "model/triage.hpp"

namespace kolega::cli {

namespace {

/// --scan-id, which is how this program names a batch, or --scan-batch-id, which is how the API does.
std::string batch_filter(const Invocation& invocation) {
  auto ours = resolve_id(invocation, "scan-id");
  auto theirs = resolve_id(invocation, "scan-batch-id");
  if (!ours.empty() && !theirs.empty())
    throw Error(ErrorKind::usage, "--scan-id and --scan-batch-id mean the same", "give one of them");
  return ours.empty() ? theirs : ours;
}

std::string headline_of(const JsonView& finding) {
  const auto title = shown_text(finding, "title");
  return title.empty() ? shown_text(finding, "message") : title;
}

Row row_of(const JsonView& finding) {
  return {std::string(finding.require_string("id")),
          std::string(finding.require_string("severity")),
          std::string(finding.require_string("status")),
          std::string(finding.require_string("scan_type")),
          std::string(finding.require_string("check_id")),
          std::string(finding.require_string("file_path")),
          headline_of(finding)};
}

int list(const Invocation& invocation) {
  const Query query{{"scan_batch_id", batch_filter(invocation)},
                    {"severity", resolve_word(invocation, "severity", severity_words())},
                    {"status", resolve_word(invocation, "status", triage_words())},
                    {"scan_type", resolve_scan_type(invocation)}};
  const auto options = resolve_list(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto document =
      session.client().get_items(repository_path(repository.id, "/findings"), query, options);
  const auto items = JsonView(document, "listing the findings", ErrorKind::api).items();
  for (const auto& finding : items) require_about(finding, "repository_id", repository.id);
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
    return 0;
  }
  std::vector<Row> rows{{"ID", "SEVERITY", "STATUS", "TYPE", "CHECK", "PATH", "FINDING"}};
  for (const auto& finding : items) rows.push_back(row_of(finding));
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  note_limit(invocation, options, items.size());
  return 0;
}

void show_finding(const Invocation& invocation, const JsonView& finding) {
  const auto score = finding.optional_number("cvss_base_score");
  const auto cvss = score ? printable(boost::json::serialize(finding.require("cvss_base_score").raw())) +
                                " " + shown_text(finding, "cvss_vector")
                          : std::string{};
  write_facts(invocation.streams.out,
              {{"finding", shown_text(finding, "id")},
               {"title", shown_text(finding, "title")},
               {"severity", shown_text(finding, "severity")},
               {"status", shown_text(finding, "status")},
               {"scan type", shown_text(finding, "scan_type")},
               {"check", shown_text(finding, "check_id")},
               {"category", shown_text(finding, "category")},
               {"path", shown_text(finding, "file_path")},
               {"source", shown_text(finding, "source_url")},
               {"cwe", shown_list(finding, "cwe")},
               {"owasp", shown_list(finding, "owasp")},
               {"cvss", cvss},
               {"first detected", shown_time(finding, "first_detected_at")},
               {"last detected", shown_time(finding, "last_detected_at")},
               {"resolved", shown_time(finding, "resolved_at")},
               {"message", shown_text(finding, "message")},
               {"references", shown_list(finding, "references")}},
              table_columns(invocation.system));
}

std::string finding_path(const std::string& repository_id, const std::string& finding_id) {
  return repository_path(repository_id, "/findings/" + net::path_segment(finding_id, "the finding id"));
}

int get(const Invocation& invocation) {
  const auto id = require_id(invocation.arguments.positionals().front(), "FINDING");
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto document = session.client().get_document(finding_path(repository.id, id));
  const JsonView finding(document, "reading finding " + id, ErrorKind::api);
  require_about(finding, "id", id);
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
  } else {
    show_finding(invocation, finding);
  }
  return 0;
}

int set_status(const Invocation& invocation) {
  const auto& words = invocation.arguments.positionals();
  const auto id = require_id(words[0], "FINDING");
  const auto status = find_triage_status(words[1]);
  if (!status) {
    throw Error(ErrorKind::usage, "STATUS: unknown word '" + printable(words[1], 60) + "'",
                suggest(words[1], triage_words()));
  }
  const std::string word(name_of(*status));
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto what = "setting the status of finding " + id;
  const auto document = send_change(session.client(), "PATCH", finding_path(repository.id, id),
                                    R"({"status":")" + word + R"("})", what,
                                    "it may have been set: look with 'kolega-gate findings get " + id + "'");
  const JsonView finding(document, what, ErrorKind::api);
  require_about(finding, "id", id);
  if (finding.require_string("status") != word) {
    finding.require("status").fail("it is still '" + printable(finding.require_string("status"), 60) + "'");
  }
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
  } else {
    invocation.printer.note("finding " + id + " is now " + word);
  }
  return 0;
}

std::vector<Option> common_options(std::vector<Option> own) {
  return options_of(
      {std::move(own), repository_options(), json_options(), connection_options(), output_options()});
}

}  // namespace

Command command_findings_list() {
  return {
      .name = "findings list",
      .summary = "the findings of a repository with their status",
      .description =
          "Lists the findings of a repository as the server knows them: with ids and triage status, from all "
          "scans or from one batch.",
      .options = common_options(
          options_of({{{.names = "--scan-id", .value = "ID", .help = "only of this scan batch"},
                       {.names = "--scan-batch-id", .value = "ID", .help = "the same, as the API calls it"},
                       {.names = "--severity",
                        .value = "WORD",
                        .help = "only critical, high, medium, low or info",
                        .choices = severity_words},
                       {.names = "--status",
                        .value = "WORD",
                        .help = "only open, resolved, ignored, false_positive or needs_manual_review",
                        .choices = triage_words},
                       {.names = "--scan-type",
                        .value = "TYPE",
                        .help = "only secrets, semgrep, deep-ai or sbom",
                        .choices = scan_type_words}},
                      list_options()})),
      .examples = {{"findings list --status open --severity critical", "what is urgent"},
                   {"findings list --scan-id 6650f1c2 --all --json", "all of one batch, as the API tells"}},
      .run = list,
  };
}

Command command_findings_get() {
  return {
      .name = "findings get",
      .summary = "one finding",
      .description = "Shows one finding.",
      .options = common_options({}),
      .positional = {.name = "FINDING", .help = "the finding's id (findings list)", .required = true},
      .examples = {{"findings get 6650f1c2", "everything about it"}},
      .run = get,
  };
}

Command command_findings_set_status() {
  return {
      .name = "findings set-status",
      .summary = "triage a finding",
      .description =
          "Sets the status of a finding: open, resolved, ignored, false_positive or needs_manual_review. "
          "A policy decides with triage.honor which of them take a finding out of its rules.",
      .options = common_options({}),
      .positional = {.name = "FINDING STATUS",
                     .help = "the finding's id and its new status",
                     .required = true,
                     .choices = triage_words,
                     .count = 2},
      .examples = {{"findings set-status 6650f1c2 false_positive", "it is none"}},
      .run = set_status,
  };
}

}  // namespace kolega::cli
