#include "cli/follow_events.hpp"

#include <filesystem>
#include <iostream>
#include <sstream>

#include "api/event_follower.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_output.hpp"
#include "cli/state_dir.hpp"
#include "sys/files.hpp"
#include "sys/journal.hpp"

namespace kolega::cli {

namespace {

constexpr Duration poll_timeout = std::chrono::minutes(5);
constexpr Duration longest_pause = std::chrono::minutes(5);
/// The journal starts anew after so many lines, when the cursor is written.
constexpr std::size_t lines_per_save = 1000;
constexpr std::uint64_t largest_cursor = 256ULL << 20;

std::string encode_mark(const api::FindingEvent& event) {
  std::ostringstream out;
  JsonWriter writer(out, JsonWriter::Style::compact);
  writer.begin_object().member("id", std::string_view(event.id));
  writer.member("at", std::string_view(format_instant(event.at))).end_object().finish();
  auto line = out.str();
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

api::FindingEvent decode_mark(const std::string& line, const std::string& what, std::string_view time_key) {
  const auto document = parse_json(line, what, ErrorKind::input);
  const JsonView view(document, what, ErrorKind::input);
  return {std::string(view.require_string("id")), view.require(time_key).as_instant(), {}};
}

/// What was printed: the cursor, one file for each API and set of filters, and beside it a journal of the
/// lines since the cursor was written, which one process alone may hold.
class PrintedState {
 public:
  PrintedState(const Invocation& invocation, const FollowOptions& options) {
    const auto directory = find_state_dir(invocation);
    if (!directory) {
      invocation.printer.note("what is printed is not remembered: there is no --state-dir");
      return;
    }
    sys::make_directories(*directory);
    auto key = options.api_url;
    for (const auto& [name, value] : options.query) key += "\n" + name + "=" + value;
    const auto stem = *directory + "/events-" + sha256_hex(key).substr(0, 16);
    path_ = stem + ".json";
    try {
      journal_.emplace(stem + ".journal");
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
      throw Error(ErrorKind::usage, "another kolega-gate follows these events already: " + error.message(),
                  "give each its own --state-dir");
    }
    owns_output_ = &invocation.streams.out.bytes() == &std::cout;
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
  void save(const api::EventCursor& cursor) {
    if (path_.empty()) return;
    sys::write_file(path_, api::encode_cursor(cursor));
    journal_->clear();
  }
  /// The line of this event was handed over.
  void note(const api::FindingEvent& event) {
    if (journal_) journal_->append(encode_mark(event));
  }
  /// What was printed after the cursor was written. Between a line and its note in the journal a death is
  /// possible: a file that is appended to still tells.
  std::vector<api::FindingEvent> since_cursor() const {
    std::vector<api::FindingEvent> out;
    if (!journal_) return out;
    for (const auto& line : journal_->lines()) out.push_back(decode_mark(line, path_, "at"));
    const auto last = owns_output_ && !journal_->is_new() ? sys::settle_standard_output() : std::nullopt;
    if (!last) return out;
    try {
      out.push_back(decode_mark(*last, "the last line of standard output", "event_timestamp"));
    } catch (const Error&) {
      return out;  // a line of somebody else
    }
    return out;
  }

 private:
  std::string path_{};
  std::optional<sys::Journal> journal_{};
  bool owns_output_{};
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
                  options.overlap) {
    for (const auto& event : file_.since_cursor()) follower_.mark(event);
  }

  void run() {
    // What is wrong from the beginning ends it; one that goes on was right before.
    if (!going_on_) pass_on(look());
    for (Duration pause = options_.interval;;) {
      if (!going_on_) sleep(pause);
      going_on_ = false;
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
    going_on_ = true;
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

  /// Each line first, then its note: a death in between repeats at most that line, it never loses one.
  void pass_on(const std::vector<api::FindingEvent>& events) {
    const auto& out = invocation_.streams.out;
    std::size_t unsaved = 0;
    for (const auto& event : events) {
      write_json_line(out.bytes(), event.document);
      out.flush();
      file_.note(event);
      follower_.mark(event);
      const bool stopping = invocation_.system.stop.stop_requested();
      if (++unsaved < lines_per_save && !stopping) continue;
      settle(out);
      unsaved = 0;
      if (stopping) throw Error(ErrorKind::interrupted, "interrupted");
    }
    settle(out);
  }
  void settle(const LogOut& out) {
    out.flush();
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
  PrintedState file_;
  bool going_on_{};  ///< from a cursor, and nothing was read yet
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
