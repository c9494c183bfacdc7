// scans list, start, get, progress and results: batches without a policy.
#include <algorithm>

#include "api/scan_runner.hpp"
#include "api/start_scan.hpp"
#include "api/status.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/progress.hpp"
#include "cli/text_table.hpp"
#include "gate/grade.hpp"
#include "report/escape.hpp"

namespace kolega::cli {

namespace {

constexpr Duration default_wait = std::chrono::minutes(30);

std::string scans_path(const std::string& repository_id) {
  return "/api/v1/repositories/" + net::path_segment(repository_id, "the repository id") + "/scans";
}

std::string batch_path(const std::string& repository_id, const std::string& batch_id,
                       const std::string& tail = {}) {
  return scans_path(repository_id) + "/" + net::path_segment(batch_id, "the batch id") + tail;
}

std::string batch_id_of(const Invocation& invocation) {
  return require_id(invocation.arguments.positionals().front(), "BATCH");
}

std::optional<ScanType> single_scan_type(const Invocation& invocation) {
  const auto word = invocation.arguments.find("scan-type");
  if (!word) return std::nullopt;
  return parse_scan_type(*word);
}

void show_batch(const Invocation& invocation, const ScanBatch& batch, std::optional<double> percent) {
  std::vector<std::pair<std::string, std::string>> facts{
      {"batch", batch.id},
      {"type", std::string(name_of(batch.type))},
      {"status", batch.status},
      {"percent", percent ? std::to_string(static_cast<int>(std::clamp(*percent, 0.0, 100.0))) : ""},
      {"scans", std::to_string(batch.scans_completed) + " of " + std::to_string(batch.total_repositories) +
                    " completed, " + std::to_string(batch.scans_failed) + " failed"},
      {"created", render_time(batch.created_at)},
      {"started", render_time(batch.started_at)},
      {"completed", render_time(batch.completed_at)},
      {"error", batch.error_message}};
  write_facts(invocation.streams.out, facts, table_columns(invocation.system));
  if (batch.repositories.empty()) return;
  std::vector<Row> rows{{"REPOSITORY", "BRANCH", "STATUS", "FINDINGS", "REASON"}};
  for (const auto& repository : batch.repositories) {
    rows.push_back({repository.name, repository.branch, repository.status,
                    repository.findings_count ? std::to_string(*repository.findings_count) : "",
                    repository.status_reason});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
}

/// The batch as it is after a wait; with --json the document of the batch and `tail`.
void show_end(const Invocation& invocation, api::Client& client, const ScanBatch& batch,
              const std::string& tail) {
  if (!invocation.arguments.has("json")) return show_batch(invocation, batch, std::nullopt);
  if (batch.id.empty()) return;  // it never began: the warning says why
  client.set_wait({invocation.system.steady() + question_timeout, invocation.system.stop});
  print_document(invocation, client, batch_path(batch.repository_id, batch.id, tail));
}

/// Waits for the batches and says what they are worth: 0 only when every one is complete.
int wait_for(const Invocation& invocation, Session& session, const std::string& repository_id,
             std::vector<ScanType> types, std::vector<std::string> attach, Duration timeout) {
  const std::string tail = attach.empty() ? "" : "/progress";
  api::RunnerOptions options;
  options.repository_id = repository_id;
  options.types = std::move(types);
  options.attach = std::move(attach);
  options.timeout = timeout;
  options.details = false;
  Progress progress(invocation.printer);
  const auto collected = api::run_scans(session.client(), options, invocation.system,
                                        [&progress](const api::ProgressEvent& event) { progress.on(event); });
  invocation.printer.clear_progress();
  for (const auto& gap : collected.gaps) throw Error(ErrorKind::context, gap.detail, gap.hint);
  int code = 0;
  for (const auto& batch : collected.batches) {
    const auto verdict = gate::grade(batch);
    show_end(invocation, session.client(), batch, tail);
    if (verdict.grade == gate::Grade::complete) continue;
    invocation.printer.warning(std::string(gate::name_of(verdict.grade)) + ": " +
                               join(verdict.reasons, "; "));
    if (verdict.grade == gate::Grade::timeout) {
      invocation.printer.note("next: " + attach_command(repository_id, {batch}));
    }
    code = exit_code(gate::cause_of(verdict.grade));
  }
  return code;
}

int list(const Invocation& invocation) {
  const auto type = single_scan_type(invocation);
  const auto status = resolve_word(invocation, "status", {api::status_words.begin(), api::status_words.end()});
  const auto options = resolve_list(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  if (invocation.arguments.has("json")) {
    return print_items(invocation, session.client(), scans_path(repository.id),
                       {{"scan_type", type ? std::string(name_of(*type)) : ""}, {"status", status}});
  }
  const auto most = options.all ? std::int64_t{1'000'000} : options.limit;
  std::vector<Row> rows{{"BATCH", "TYPE", "STATUS", "CREATED", "COMPLETED", "FAILED"}};
  for (const auto& batch : session.client().scans(repository.id, type, status, most)) {
    rows.push_back({batch.id, std::string(name_of(batch.type)), batch.status, render_time(batch.created_at),
                    render_time(batch.completed_at), std::to_string(batch.scans_failed)});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  note_limit(invocation, options, rows.size() - 1);
  return 0;
}

/// One batch and never two, also when the answer is lost.
ScanBatch start_one(const Invocation& invocation, api::Client& client, const std::string& repository_id,
                    ScanType type) {
  api::RunnerOptions options;
  options.repository_id = repository_id;
  const auto& system = invocation.system;
  const api::ProgressListener tell = [&invocation](const api::ProgressEvent& event) {
    if (event.kind == api::ProgressEvent::Kind::note) invocation.printer.warning(event.text);
  };
  return api::start_scan_once(
      {client, options, system, tell, system.steady(), system.steady() + question_timeout}, type);
}

int start(const Invocation& invocation) {
  const auto type = single_scan_type(invocation);
  if (!type)
    throw Error(ErrorKind::usage, "scans start needs --scan-type", "see kolega-gate scans start --help");
  const bool wait = invocation.arguments.has("wait");
  const auto timeout =
      resolve_duration(invocation, "timeout").value_or(wait ? default_wait : question_timeout);
  auto session = open_session(invocation, timeout);
  const auto repository = resolve_repository(session.client(), invocation);
  if (wait) return wait_for(invocation, session, repository.id, {*type}, {}, timeout);
  const auto batch = start_one(invocation, session.client(), repository.id, *type);
  if (invocation.arguments.has("json"))
    return print_document(invocation, session.client(), batch_path(repository.id, batch.id));
  show_batch(invocation, batch, std::nullopt);
  invocation.printer.note("next: kolega-gate scans progress " + printable(batch.id, 100) +
                          " --watch --repository " + printable(repository.id, 100));
  return 0;
}

int get(const Invocation& invocation) {
  const auto id = batch_id_of(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  if (invocation.arguments.has("json"))
    return print_document(invocation, session.client(), batch_path(repository.id, id));
  show_batch(invocation, session.client().scan(repository.id, id), std::nullopt);
  return 0;
}

int progress(const Invocation& invocation) {
  const auto id = batch_id_of(invocation);
  const bool watch = invocation.arguments.has("watch");
  const auto timeout =
      resolve_duration(invocation, "timeout").value_or(watch ? default_wait : question_timeout);
  auto session = open_session(invocation, timeout);
  const auto repository = resolve_repository(session.client(), invocation);
  if (watch) return wait_for(invocation, session, repository.id, {}, {id}, timeout);
  if (invocation.arguments.has("json")) {
    return print_document(invocation, session.client(), batch_path(repository.id, id, "/progress"));
  }
  double percent = 0;
  const auto batch = session.client().progress(repository.id, id, percent);
  show_batch(invocation, batch, percent);
  return 0;
}

int results(const Invocation& invocation) {
  const auto id = batch_id_of(invocation);
  auto session = open_session(invocation);
  const auto repository = resolve_repository(session.client(), invocation);
  if (invocation.arguments.has("json")) {
    return print_document(invocation, session.client(), batch_path(repository.id, id, "/results"));
  }
  TextPool pool;
  FindingRows findings;
  const auto head = session.client().results(repository.id, id, pool, findings);
  std::vector<Row> rows{{"SEVERITY", "CHECK", "PATH", "MESSAGE"}};
  for (const auto& finding : findings) {
    rows.push_back(
        {finding.severity_word.str(), finding.check_id.str(), finding.path.str(), finding.message.str()});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  invocation.printer.note("batch is " + head.status + ", " + plural(findings.size(), "finding"));
  if (head.findings_count == static_cast<std::int64_t>(findings.size())) return 0;
  throw Error(ErrorKind::context, "the results announce " + std::to_string(head.findings_count) +
                                      " findings but hold " + std::to_string(findings.size()));
}

Option scan_type_option() {
  return {.names = "--scan-type",
          .value = "TYPE",
          .help = "secrets, semgrep, deep-ai or sbom",
          .choices = scan_type_words};
}
Option timeout_option() {
  return {.names = "--timeout", .value = "DURATION", .help = "how long to wait, default 30m"};
}

std::vector<Option> common_options(std::vector<Option> own) {
  return options_of(
      {std::move(own), repository_options(), json_options(), connection_options(), output_options()});
}

constexpr std::string_view batch_help = "the batch's id";

}  // namespace

Command command_scans_list() {
  return {
      .name = "scans list",
      .summary = "scan batches, newest first",
      .description = "Lists the scan batches of a repository.",
      .options = options_of(
          {{scan_type_option(), {.names = "--status", .value = "WORD", .help = "only with this status"}},
           list_options(),
           common_options({})}),
      .examples = {{"scans list --scan-type secrets", "the last secrets scans"}},
      .run = list,
  };
}

Command command_scans_start() {
  return {
      .name = "scans start",
      .summary = "start a scan batch, without a policy",
      .description =
          "Starts one scan batch. With --wait: until it ends, exit code 0 only when it is complete.",
      .options = common_options(
          {scan_type_option(), {.names = "--wait", .help = "wait until it ends"}, timeout_option()}),
      .examples = {{"scans start --scan-type semgrep --wait", "scan and wait"}},
      .run = start,
  };
}

Command command_scans_get() {
  return {
      .name = "scans get",
      .summary = "one scan batch",
      .description = "Shows one scan batch.",
      .options = common_options({}),
      .positional = {.name = "BATCH", .help = batch_help, .required = true},
      .examples = {{"scans get 6650f1c2", "how it ended"}},
      .run = get,
  };
}

Command command_scans_progress() {
  return {
      .name = "scans progress",
      .summary = "how far a scan batch is",
      .description =
          "Shows the progress of a batch. With --watch: until it ends, exit code 0 only when it is complete, "
          "6 when it failed or is partial, 7 when it still runs at the timeout.",
      .options = common_options({{.names = "--watch", .help = "until it ends"}, timeout_option()}),
      .positional = {.name = "BATCH", .help = batch_help, .required = true},
      .examples = {{"scans progress 6650f1c2 --watch", "wait for it"}},
      .run = progress,
  };
}

Command command_scans_results() {
  return {
      .name = "scans results",
      .summary = "the findings of a scan batch, without a verdict",
      .description = "Shows the results of a batch as they are: nothing is triaged, waived or judged.",
      .options = common_options({}),
      .positional = {.name = "BATCH", .help = batch_help, .required = true},
      .examples = {{"scans results 6650f1c2 --json > results.json", "save them for evaluate"}},
      .run = results,
  };
}

}  // namespace kolega::cli
