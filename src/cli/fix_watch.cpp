#include "cli/fix_watch.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_output.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

constexpr std::array<std::string_view, 7> final_words{
    "completed", "succeeded", "failed", "cancelled", "canceled", "pr_creation_failed", "pr_update_failed"};
constexpr Duration default_timeout = std::chrono::minutes(30);
constexpr Duration default_interval = std::chrono::seconds(5);
constexpr Duration log_interval = std::chrono::seconds(30);
/// A fix just begun may not be found at once (RELIABILITY 4: 404 briefly after creation).
constexpr int most_unknown = 3;

std::string next_command(const std::string& repository_id, const std::string& fix_id) {
  return std::string(program_name) + " fixes progress " + printable(fix_id, 128) + " --watch --repository " +
         printable(repository_id, 128);
}

/// The server's number may be anything: -5, 1e308.
Duration sane_seconds(double seconds) {
  const auto clamped = std::isfinite(seconds) ? std::clamp(seconds, 0.0, 1e8) : 0.0;
  return std::chrono::seconds(static_cast<std::int64_t>(clamped));
}

Duration between(Instant earlier, Instant later) {
  return std::max(Duration{}, std::chrono::duration_cast<Duration>(later - earlier));
}

std::string whole_seconds(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return seconds < std::chrono::minutes(1) ? std::to_string(seconds.count()) + "s" : render_duration(seconds);
}

std::optional<Instant> time_of(const JsonView& object, std::string_view key) {
  return parse_instant(shown_text(object, key));
}

std::string elapsed_of(const JsonView& progress, Instant now) {
  if (const auto seconds = progress.optional_number("duration_seconds"))
    return whole_seconds(sane_seconds(*seconds));
  if (const auto started = time_of(progress, "started_at")) return whole_seconds(between(*started, now));
  return {};
}

std::size_t steps_of(const JsonView& progress) {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(0, progress.optional_integer("agent_steps_completed").value_or(0)));
}

std::string last_update_of(const JsonView& progress, Instant now) {
  const auto at = time_of(progress, "latest_activity_at");
  return at ? whole_seconds(between(*at, now)) + " ago" : std::string{};
}

Instant server_now(const Invocation& invocation, const api::Client& client) {
  return client.server_time().value_or(invocation.system.now());
}

/// One live line on a terminal; in a log a line when the status changes, and now and then.
class Heartbeat {
 public:
  explicit Heartbeat(const Invocation& invocation) : invocation_(invocation) {}
  ~Heartbeat() { invocation_.printer.clear_progress(); }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  void beat(const JsonView& progress, Instant now) {
    const auto phrase = describe_fix_progress(progress, now);
    if (invocation_.printer.live()) return invocation_.printer.progress(phrase);
    const auto status = shown_text(progress, "status");
    const auto at = invocation_.system.steady();
    if (status == status_ && at - told_ < log_interval) return;
    status_ = status;
    told_ = at;
    invocation_.printer.note(phrase);
  }

 private:
  const Invocation& invocation_;
  std::string status_{};
  sys::SteadyTime told_{};
};

/// Nothing when the fix is not known yet.
std::optional<boost::json::value> read_progress(api::Client& client, const std::string& target,
                                                int& unknown) {
  try {
    auto document = client.get_document(target);
    unknown = most_unknown;
    return document;
  } catch (const api::HttpError& error) {
    if (error.status() != 404 || ++unknown > most_unknown) throw;
    return std::nullopt;
  }
}

boost::json::value poll_fix(const Invocation& invocation, api::Client& client,
                            const std::string& repository_id, const std::string& fix_id,
                            const FixWait& wait) {
  const auto& system = invocation.system;
  const auto deadline = system.steady() + wait.timeout;
  client.set_wait({deadline, system.stop});
  const auto target = fix_path(repository_id, fix_id, "/progress");
  Heartbeat heartbeat(invocation);
  for (int unknown = 0;;) {
    if (auto document = read_progress(client, target, unknown)) {
      const JsonView progress(*document, "reading the progress of fix " + fix_id, ErrorKind::api);
      require_about(progress, "fix_id", fix_id);
      if (fix_has_ended(progress.require_string("status"))) return std::move(*document);
      heartbeat.beat(progress, server_now(invocation, client));
    }
    const auto until = system.steady() + wait.interval;
    if (until >= deadline) {
      throw Error(ErrorKind::timeout,
                  "fix " + fix_id + ": still running after " + render_duration(wait.timeout));
    }
    if (!system.sleep_until(until, system.stop)) throw Error(ErrorKind::interrupted, "interrupted");
  }
}

}  // namespace

bool fix_has_ended(std::string_view status) {
  return std::ranges::find(final_words, std::string_view(to_lower_ascii(status))) != final_words.end();
}

std::string fix_path(const std::string& repository_id, const std::string& fix_id, const std::string& tail) {
  return repository_path(repository_id, "/fixes/" + net::path_segment(fix_id, "the fix id") + tail);
}

std::string describe_fix_progress(const JsonView& progress, Instant now) {
  auto out = std::string(progress.require_string("status"));
  if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
  const bool ended = fix_has_ended(out);
  const auto elapsed = elapsed_of(progress, now);
  out += (ended ? " (" : "... (") + (elapsed.empty() ? elapsed : elapsed + ", ") +
         plural(steps_of(progress), "step");
  const auto last = last_update_of(progress, now);
  if (!ended && !last.empty()) out += ", last update " + last;
  return out + ")";
}

void show_pull_requests(const Invocation& invocation, const JsonView& document) {
  const auto requests = document.find("pull_requests");
  if (!requests || requests->items().empty()) return;
  std::vector<Row> rows{{"URL", "REPOSITORY", "NUMBER", "BRANCH", "STATE"}};
  for (const auto& request : requests->items()) {
    rows.push_back({std::string(request.require_string("pr_url")), shown_text(request, "repo_full_name"),
                    std::to_string(request.require_integer("pr_number")), shown_text(request, "branch_name"),
                    shown_text(request, "merge_status")});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
}

void show_fix(const Invocation& invocation, const boost::json::value& document) {
  if (invocation.arguments.has("json")) return write_json_value(invocation.streams.out.bytes(), document);
  const JsonView fix(document, "reading a fix", ErrorKind::api);
  auto source = shown_text(fix, "source_repo");
  for (const auto* part : {"source_repo_provider", "source_scan_branch"}) {
    if (const auto text = shown_text(fix, part); !text.empty()) source += (source.empty() ? "" : ", ") + text;
  }
  write_facts(invocation.streams.out,
              {{"fix", std::string(fix.require_string("id"))},
               {"title", shown_text(fix, "title")},
               {"status", std::string(fix.require_string("status"))},
               {"findings", shown_list(fix, "finding_ids")},
               {"source", source},
               {"base commit", shown_text(fix, "source_base_commit_sha")},
               {"created", shown_time(fix, "created_at")},
               {"started", shown_time(fix, "started_at")},
               {"completed", shown_time(fix, "completed_at")},
               {"error", shown_text(fix, "error_message")}},
              table_columns(invocation.system));
  show_pull_requests(invocation, fix);
}

void show_fix_progress(const Invocation& invocation, const boost::json::value& document, Instant now) {
  if (invocation.arguments.has("json")) return write_json_value(invocation.streams.out.bytes(), document);
  const JsonView progress(document, "reading the progress of a fix", ErrorKind::api);
  write_facts(invocation.streams.out,
              {{"fix", std::string(progress.require_string("fix_id"))},
               {"status", std::string(progress.require_string("status"))},
               {"time", elapsed_of(progress, now)},
               {"steps", std::to_string(steps_of(progress))},
               {"last update", last_update_of(progress, now)},
               {"started", shown_time(progress, "started_at")},
               {"completed", shown_time(progress, "completed_at")},
               {"error", shown_text(progress, "error_message")}},
              table_columns(invocation.system));
}

std::vector<Option> fix_wait_options(std::string_view name) {
  return {{.names = name, .help = "until it ends"},
          {.names = "--timeout", .value = "DURATION", .help = "how long to wait, default 30m"},
          {.names = "--interval", .value = "DURATION", .help = "how often to look, default 5s"}};
}

FixWait resolve_fix_wait(const Invocation& invocation) {
  return {resolve_duration(invocation, "timeout").value_or(default_timeout),
          resolve_duration(invocation, "interval").value_or(default_interval)};
}

boost::json::value await_fix(const Invocation& invocation, api::Client& client,
                             const std::string& repository_id, const std::string& fix_id,
                             const FixWait& wait) {
  try {
    return poll_fix(invocation, client, repository_id, fix_id, wait);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::auth || error.kind() == ErrorKind::not_found) throw;
    invocation.printer.note("the fix goes on; next: " + next_command(repository_id, fix_id));
    throw;
  }
}

int exit_code_of_fix(const Invocation& invocation, const JsonView& progress) {
  const auto status = to_lower_ascii(progress.require_string("status"));
  if (status == "completed" || status == "succeeded") return 0;
  const auto why = shown_text(progress, "error_message");
  invocation.printer.warning("the fix ended as " + status + (why.empty() ? "" : ": " + why));
  return exit_code(Cause::failed);
}

int await_and_show_fix(const Invocation& invocation, api::Client& client, const std::string& repository_id,
                       const std::string& fix_id) {
  const auto last = await_fix(invocation, client, repository_id, fix_id, resolve_fix_wait(invocation));
  const JsonView progress(last, "reading the progress of fix " + fix_id, ErrorKind::api);
  const int code = exit_code_of_fix(invocation, progress);
  client.set_wait({invocation.system.steady() + question_timeout, invocation.system.stop});
  show_fix(invocation, client.get_document(fix_path(repository_id, fix_id)));
  return code;
}

}  // namespace kolega::cli
