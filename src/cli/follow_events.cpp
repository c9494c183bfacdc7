#include "cli/follow_events.hpp"

#include <filesystem>
#include <ostream>

#include "api/event_follower.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_output.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr Duration poll_timeout = std::chrono::minutes(5);
constexpr Duration longest_pause = std::chrono::minutes(5);
/// The cursor is written after so many lines, so that an end in between repeats few of them.
constexpr std::size_t lines_per_save = 200;
constexpr std::uint64_t largest_cursor = 256ULL << 20;

/// Where the cursor lives: one file for each API and set of filters.
class CursorFile {
 public:
  CursorFile(const Invocation& invocation, const FollowOptions& options) {
    auto directory = flag_or_environment(invocation, "state-dir", "KOLEGA_STATE_DIR");
    if (!directory) {
      directory = invocation.system.environment.find("XDG_STATE_HOME");
      if (directory) *directory += "/kolega-gate";
    }
    if (!directory) {
      invocation.printer.note("what is printed is not remembered: there is no --state-dir");
      return;
    }
    sys::make_directories(*directory);
    auto key = options.api_url;
    for (const auto& [name, value] : options.query) key += "\n" + name + "=" + value;
    path_ = *directory + "/events-" + sha256_hex(key).substr(0, 16) + ".json";
  }

  const std::string& path() const { return path_; }

  std::optional<api::EventCursor> load() const {
    std::error_code unreadable;
    if (path_.empty() || !std::filesystem::exists(path_, unreadable)) return std::nullopt;
    try {
      return api::decode_cursor(sys::read_file(path_, ErrorKind::input, largest_cursor), path_);
    } catch (const Error& error) {
      throw Error(ErrorKind::input, error.message(),
                  "without it nobody knows what was printed: remove it and give --since, or start from now");
    }
  }
  void save(const api::EventCursor& cursor) const {
    if (!path_.empty()) sys::write_file(path_, api::encode_cursor(cursor));
  }

 private:
  std::string path_{};
};

/// Whether looking again later may help; what is wrong for good must not be asked for ever.
bool may_pass(const Error& error) {
  if (const auto* fault = dynamic_cast<const net::TransportError*>(&error)) {
    return fault->transient() || fault->kind() == ErrorKind::timeout;
  }
  if (const auto* answer = dynamic_cast<const api::HttpError*>(&error)) {
    return answer->status() >= 500 || answer->status() == 408 || answer->status() == 429;
  }
  return error.kind() == ErrorKind::api || error.kind() == ErrorKind::timeout;
}

class Following {
 public:
  Following(const Invocation& invocation, api::Client& client, const FollowOptions& options)
      : invocation_(invocation),
        client_(client),
        options_(options),
        file_(invocation, options),
        follower_([this](auto start, auto skip) { return read(start, skip); }, first_cursor(),
                  options.overlap) {}

  void run() {
    pass_on(look());  // what is wrong from the beginning ends it
    for (Duration pause = options_.interval;;) {
      sleep(pause);
      try {
        pass_on(look());
        pause = options_.interval;
      } catch (const Error& error) {
        if (!may_pass(error)) throw;
        pause = std::max(options_.interval, std::min(pause * 2, longest_pause));
        invocation_.printer.warning(error.message() + "; looking again in " + render_duration(pause));
      }
    }
  }
  const std::string& state_file() const { return file_.path(); }

 private:
  api::EventCursor first_cursor() {
    auto cursor = file_.load();
    if (!cursor) return {.since = options_.since};
    invocation_.printer.note("going on where " + file_.path() + " ends");
    return std::move(*cursor);
  }

  api::EventPage read(std::optional<Instant> start, std::int64_t skip) {
    auto query = options_.query;
    if (start && *start > Instant{}) query.emplace_back("start", format_instant(*start));
    query.emplace_back("limit", "200");
    if (skip > 0) query.emplace_back("skip", std::to_string(skip));
    const auto document = client_.get_document(events_path + net::query(query));
    return api::decode_event_page({document, "listing the finding events", ErrorKind::api});
  }

  std::vector<api::FindingEvent> look() {
    const auto& system = invocation_.system;
    client_.set_wait({system.steady() + poll_timeout, system.stop});
    return follower_.poll(client_.server_time().value_or(system.now()));
  }

  /// Lines first, then the cursor: a death in between repeats lines, it never loses one.
  void pass_on(const std::vector<api::FindingEvent>& events) {
    auto& out = invocation_.streams.out;
    std::size_t unsaved = 0;
    for (const auto& event : events) {
      write_json_line(out, event.document);
      follower_.mark(event);
      if (++unsaved < lines_per_save) continue;
      settle(out);
      unsaved = 0;
      if (invocation_.system.stop.stop_requested()) throw Error(ErrorKind::interrupted, "interrupted");
    }
    settle(out);
  }
  void settle(std::ostream& out) {
    out.flush();
    if (!out) throw Error(ErrorKind::output, "cannot write to standard output");
    const auto& cursor = follower_.cursor();
    if (saved_ && *saved_ == cursor) return;
    file_.save(cursor);
    saved_ = cursor;
  }

  void sleep(Duration pause) const {
    const auto& system = invocation_.system;
    if (!system.sleep_until(system.steady() + pause, system.stop))
      throw Error(ErrorKind::interrupted, "interrupted");
  }

  const Invocation& invocation_;
  api::Client& client_;
  const FollowOptions& options_;
  CursorFile file_;
  api::EventFollower follower_;
  std::optional<api::EventCursor> saved_{};
};

}  // namespace

int follow_events(const Invocation& invocation, api::Client& client, const FollowOptions& options) {
  Following following(invocation, client, options);
  try {
    following.run();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted) throw;
    const auto& file = following.state_file();
    invocation.printer.note(file.empty() ? "stopped" : "stopped; to go on, start it again: " + file);
    return exit_code(with_signal_of(error, invocation.system));
  }
  return 0;
}

}  // namespace kolega::cli
