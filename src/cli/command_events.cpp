// findings events: what happened to findings, newest first; with --follow as an endless stream.
#include "api/resolve.hpp"
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/event_filter.hpp"
#include "cli/follow_events.hpp"
#include "cli/json_output.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

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
    write_json_value(invocation.streams.out.bytes(), document);
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
  const auto& arguments = invocation.arguments;
  auto filter = resolve_event_filter(invocation);
  const bool follow = arguments.has("follow");
  for (const auto* only : {"interval", "overlap", "state-dir"}) {
    if (!follow && arguments.has(only))
      throw Error(ErrorKind::usage, "--" + std::string(only) + " needs --follow");
  }
  if (!follow) return list_events(invocation, std::move(filter));
  for (const auto* never : {"until", "limit", "all"}) {
    if (arguments.has(never)) {
      throw Error(ErrorKind::usage, "--follow has no end: --" + std::string(never) + " contradicts it",
                  "leave one of them out");
    }
  }
  const auto overlap = resolve_duration(invocation, "overlap").value_or(std::chrono::minutes(10));
  const auto interval = resolve_duration(invocation, "interval").value_or(std::chrono::seconds(30));
  auto session = open_session(invocation);
  FollowOptions options{session.api_url(), filter.query, filter.since, overlap, interval};
  options.query.emplace_back("repository_id", repository_filter(invocation, session.client()));
  return follow_events(invocation, session.client(), options);
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
      {.names = "--until", .value = "TIME", .help = "up to then, likewise"},
      {.names = "--follow", .help = "go on with new events as JSON lines, each exactly once, until a signal"},
      {.names = "--interval", .value = "DURATION", .help = "with --follow: how often to look, default 30s"},
      {.names = "--overlap",
       .value = "DURATION",
       .help = "with --follow: how late an event may come to the list, default 10m"},
      {.names = "--state-dir",
       .value = "DIR",
       .help = "with --follow: where to remember what was printed; default $XDG_STATE_HOME/kolega-gate; where "
               "neither is set, nothing is remembered",
       .environment = "KOLEGA_STATE_DIR"}};
}

}  // namespace

Command command_findings_events() {
  return {
      .name = "findings events",
      .summary = "what happened to findings",
      .description =
          "Lists the events of all findings of the organization, newest first. With --all up to this moment. "
          "With --follow: new events in time order, one JSON document a line, without gaps and repeats, also "
          "across restarts with the same filters and --state-dir; from now on, or from --since.",
      .options = options_of(
          {filter_options(), list_options(), json_options(), connection_options(), output_options()}),
      .examples = {{"findings events --since 7d --severity critical", "the week's critical ones"},
                   {"findings events --finding 6650f1c2 --all --json", "the life of one finding"},
                   {"findings events --follow --state-dir /var/lib/kolega >> events.jsonl",
                    "an audit trail"}},
      .run = events,
  };
}

}  // namespace kolega::cli
