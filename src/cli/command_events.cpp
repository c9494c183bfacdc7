// findings events: what happened to findings, newest first; with --follow as an endless stream.
#include "api/resolve.hpp"
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/event_filter.hpp"
#include "cli/json_output.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

constexpr const char* events_path = "/api/v1/finding-events";

/// The feed is the organization's: only what is asked for by name narrows it to one repository.
std::string repository_filter(const Invocation& invocation, api::Client& client) {
  const auto given = resolve_text(invocation, "repository");
  if (given.empty()) return {};
  return api::resolve_repository(client, {given, {}}).id;
}

std::string change_of(const JsonView& event) {
  const auto before = shown_text(event, "previous_status");
  const auto after = shown_text(event, "new_status");
  return before.empty() || after.empty() ? before + after : before + " -> " + after;
}

Row row_of(const JsonView& event) {
  event.require_string("event_timestamp");
  return {shown_time(event, "event_timestamp"),
          std::string(event.require_string("event_type")),
          shown_text(event, "severity"),
          std::string(event.require_string("finding_id")),
          change_of(event),
          shown_text(event, "check_id"),
          shown_text(event, "file_path")};
}

int list_events(const Invocation& invocation, EventFilter filter) {
  const auto options = resolve_list(invocation);
  // A list that is read to its end must hold still meanwhile: it ends at now.
  if (options.all && !filter.until) filter.until = invocation.system.now();
  auto session = open_session(invocation);
  auto query = filter.query;
  query.emplace_back("repository_id", repository_filter(invocation, session.client()));
  if (filter.since) query.emplace_back("start", format_instant(*filter.since));
  if (filter.until) query.emplace_back("end", format_instant(*filter.until));
  const auto document = session.client().get_items(events_path, query, options);
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out, document);
    return 0;
  }
  const auto items = JsonView(document, "listing the finding events", ErrorKind::api).items();
  std::vector<Row> rows{{"TIME", "EVENT", "SEVERITY", "FINDING", "STATUS", "CHECK", "PATH"}};
  for (const auto& event : items) rows.push_back(row_of(event));
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  note_limit(invocation, options, items.size());
  return 0;
}

int events(const Invocation& invocation) {
  return list_events(invocation, resolve_event_filter(invocation));
}

std::vector<Option> filter_options() {
  return {
      {.names = "--repository", .value = "REPOSITORY", .help = "only of this one: Kolega id or owner/name"},
      {.names = "--finding", .value = "ID", .help = "only of this finding"},
      {.names = "--scan-type",
       .value = "TYPE",
       .help = "only secrets, semgrep, deep-ai or sbom",
       .choices = scan_type_words},
      {.names = "--severity",
       .value = "WORD",
       .help = "only critical, high, medium, low or info",
       .choices = severity_words},
      {.names = "--event-type",
       .value = "WORD",
       .help = "only these, for example detected, status_changed or fix_completed",
       .choices = event_type_words},
      {.names = "--since",
       .value = "TIME",
       .help = "from then on: RFC 3339, a date (UTC), or a duration ago such as 2h or 7d"},
      {.names = "--until", .value = "TIME", .help = "up to then, likewise"}};
}

}  // namespace

Command command_findings_events() {
  return {
      .name = "findings events",
      .summary = "what happened to findings",
      .description =
          "Lists the events of all findings of the organization, newest first. With --all up to this moment.",
      .options = options_of(
          {filter_options(), list_options(), json_options(), connection_options(), output_options()}),
      .examples = {{"findings events --since 7d --severity critical", "the week's critical ones"},
                   {"findings events --finding 6650f1c2 --all --json", "the life of one finding"}},
      .run = events,
  };
}

}  // namespace kolega::cli
