// fixes list, get, diff, progress, cancel and pr: fixes that Kolega made or makes.
#include <sstream>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/fix_request.hpp"
#include "cli/json_output.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

constexpr std::string_view fix_help = "the fix's id (fixes list)";

std::string fix_id_of(const Invocation& invocation) {
  return require_id(invocation.arguments.positionals().front(), "FIX");
}

int list(const Invocation& invocation) {
  const Query query{{"finding_id", resolve_id(invocation, "finding")}};
  const auto options = resolve_list(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto document = session.client().get_items(repository_path(repository.id, "/fixes"), query, options);
  const auto items = JsonView(document, "listing the fixes", ErrorKind::api).items();
  for (const auto& fix : items) require_about(fix, "repository_id", repository.id);
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
    return 0;
  }
  std::vector<Row> rows{{"ID", "STATUS", "CREATED", "FINDINGS", "PULL REQUESTS", "TITLE"}};
  for (const auto& fix : items) {
    const auto requests = fix.find("pull_requests");
    rows.push_back({std::string(fix.require_string("id")), std::string(fix.require_string("status")),
                    shown_time(fix, "created_at"), std::to_string(fix.require("finding_ids").items().size()),
                    std::to_string(requests ? requests->items().size() : 0), shown_text(fix, "title")});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  note_limit(invocation, options, items.size());
  return 0;
}

int get(const Invocation& invocation) {
  const auto id = fix_id_of(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto document = session.client().get_document(fix_path(repository.id, id));
  require_about({document, "reading fix " + id, ErrorKind::api}, "id", id);
  show_fix(invocation, document);
  return 0;
}

/// A pipe gets every byte; a terminal must not obey what is in a patch.
void write_patch(const Invocation& invocation, std::string_view patch) {
  auto& out = invocation.streams.out;
  if (!invocation.system.stdout_terminal) {
    out.bytes() << patch << (patch.ends_with('\n') ? "" : "\n");  // git apply wants the last line ended
  } else {
    if (patch.ends_with('\n')) patch.remove_suffix(1);
    for (const auto line : split(patch, '\n')) {
      std::vector<LogText> parts;
      for (const auto part : split(line, '\t')) parts.push_back(log_line(part));
      out.line(join_markup<LogSink>(parts, "\t"));
    }
  }
  out.flush();
}

int diff(const Invocation& invocation) {
  const auto id = fix_id_of(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto document = session.client().get_document(fix_path(repository.id, id, "/diff"));
  const JsonView view(document, "reading the diff of fix " + id, ErrorKind::api);
  require_about(view, "fix_id", id);
  const auto status = std::string(view.require_string("status"));
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
    return 0;
  }
  const auto patch = view.optional_string("diff");
  if (!patch || patch->empty()) {
    const bool ended = fix_has_ended(status);
    throw Error(ended ? ErrorKind::context : ErrorKind::timeout,
                "fix " + id + " has no diff: it is " + printable(status, 60),
                ended ? "'kolega-gate fixes get " + id + "' shows why"
                      : "wait for it with 'kolega-gate fixes progress " + id + " --watch'");
  }
  write_patch(invocation, *patch);
  return 0;
}

int progress(const Invocation& invocation) {
  const auto id = fix_id_of(invocation);
  const bool watch = invocation.arguments.has("watch");
  const auto wait = resolve_fix_wait(invocation);
  auto session = open_session(invocation, watch ? wait.timeout : question_timeout);
  auto& client = session.client();
  const auto repository = resolve_repository(client, invocation);
  const auto what = "reading the progress of fix " + id;
  const auto document = watch ? await_fix(invocation, client, repository.id, id, wait)
                              : client.get_document(fix_path(repository.id, id, "/progress"));
  const JsonView view(document, what, ErrorKind::api);
  require_about(view, "fix_id", id);
  show_fix_progress(invocation, document, client.server_time().value_or(invocation.system.now()));
  return watch ? exit_code_of_fix(invocation, view) : 0;
}

int cancel(const Invocation& invocation) {
  const auto id = fix_id_of(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto what = "cancelling fix " + id;
  const auto document =
      send_change(session.client(), "POST", fix_path(repository.id, id, "/cancel"), {}, what,
                  "it may have been cancelled: look with 'kolega-gate fixes get " + id + "'");
  const JsonView fix(document, what, ErrorKind::api);
  require_about(fix, "id", id);
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
  } else {
    invocation.printer.note("fix " + id + " is " + std::string(fix.require_string("status")));
  }
  return 0;
}

std::string pull_request_body(const Invocation& invocation) {
  std::ostringstream out;
  JsonWriter writer(out, JsonWriter::Style::compact);
  writer.begin_object();
  const std::pair<const char*, const char*> members[]{
      {"title", "title"}, {"body", "body"}, {"branch", "branch_name"}};
  for (const auto& [option, member] : members) {
    const auto text = resolve_text(invocation, option);
    if (find_invalid_utf8(text)) throw Error(ErrorKind::usage, "--" + std::string(option) + ": not UTF-8");
    if (!text.empty()) writer.member(member, std::string_view(text));
  }
  writer.end_object().finish();
  return out.str();
}

int pr(const Invocation& invocation) {
  const auto id = fix_id_of(invocation);
  const auto body = pull_request_body(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  const auto document = open_pull_requests(session.client(), repository.id, id, body);
  if (invocation.arguments.has("json")) {
    write_json_value(invocation.streams.out.bytes(), document);
  } else {
    show_pull_requests(invocation, {document, "opening the pull requests", ErrorKind::api});
  }
  return 0;
}

std::vector<Option> common_options(std::vector<Option> own) {
  return options_of(
      {std::move(own), repository_options(), json_options(), connection_options(), output_options()});
}

Positional fix_positional() {
  return {.name = "FIX", .help = fix_help, .required = true};
}

}  // namespace

Command command_fixes_list() {
  return {
      .name = "fixes list",
      .summary = "the fixes of a repository",
      .description = "Lists the fixes of a repository, those that run among them.",
      .options = common_options(options_of(
          {{{.names = "--finding", .value = "ID", .help = "only of this finding"}}, list_options()})),
      .examples = {{"fixes list --finding 6650f1c2", "was it fixed before?"}},
      .run = list,
  };
}

Command command_fixes_get() {
  return {
      .name = "fixes get",
      .summary = "one fix with its pull requests",
      .description = "Shows one fix.",
      .options = common_options({}),
      .positional = fix_positional(),
      .examples = {{"fixes get 71aa03", "what became of it"}},
      .run = get,
  };
}

Command command_fixes_diff() {
  return {
      .name = "fixes diff",
      .summary = "the patch of a fix, as git apply takes it",
      .description =
          "Prints the patch of a fix and nothing else; on a terminal control characters are shown escaped. "
          "Exit code 7 while the fix runs, 6 when it ended without a patch.",
      .options = common_options({}),
      .positional = fix_positional(),
      .examples = {{"fixes diff 71aa03 > fix.patch", "save it"},
                   {"fixes diff 71aa03 | git apply --check", "does it fit?"}},
      .run = diff,
  };
}

Command command_fixes_progress() {
  return {
      .name = "fixes progress",
      .summary = "how far a fix is",
      .description =
          "Shows the progress of a fix. With --watch: until it ends, exit code 0 only when it is completed, "
          "6 when it failed or was cancelled, 7 when it still runs at the timeout.",
      .options = common_options(fix_wait_options("--watch")),
      .positional = fix_positional(),
      .examples = {{"fixes progress 71aa03 --watch", "wait for it"}},
      .run = progress,
  };
}

Command command_fixes_cancel() {
  return {
      .name = "fixes cancel",
      .summary = "stop a fix that runs",
      .description = "Cancels a fix that is pending or running.",
      .options = common_options({}),
      .positional = fix_positional(),
      .examples = {{"fixes cancel 71aa03", "stop it"}},
      .run = cancel,
  };
}

Command command_fixes_pr() {
  return {
      .name = "fixes pr",
      .summary = "open the pull requests of a fix",
      .description = "Opens pull requests with a completed fix. What is left out, Kolega writes itself.",
      .options = common_options({{.names = "--title", .value = "TEXT", .help = "title of the pull request"},
                                 {.names = "--body", .value = "TEXT", .help = "its text, in Markdown"},
                                 {.names = "--branch", .value = "NAME", .help = "name of its branch"}}),
      .positional = fix_positional(),
      .examples = {{"fixes pr 71aa03 --title 'Bind parameters in search'", "open it"}},
      .run = pr,
  };
}

}  // namespace kolega::cli
