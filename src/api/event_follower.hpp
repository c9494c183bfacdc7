// The finding events as a stream without gaps and repeats, read from a list that is newest first, in pages
// that shift while they are read. Not for: printing them and keeping the cursor's file
// (cli/follow_events.hpp).
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace kolega::api {

struct FindingEvent {
  std::string id{};
  Instant at{};
  boost::json::value document{};  ///< as the server told it
};

struct EventPage {
  std::vector<FindingEvent> events{};  ///< newest first
  std::int64_t total{};
  bool has_next{};
};
EventPage decode_event_page(const JsonView& document);

/// What was handed on, as far as it must be known: everything older than the overlap behind `newest` is
/// settled.
struct EventCursor {
  bool started{};                          ///< false: nothing was read yet
  Instant newest{};                        ///< of the events handed on, never in the future
  std::optional<Instant> since{};          ///< nothing older was asked for
  std::map<std::string, Instant> known{};  ///< ids that were handed on, at or after the window's beginning
  friend bool operator==(const EventCursor&, const EventCursor&) = default;
};
std::string encode_cursor(const EventCursor& cursor);
/// `what` names it in messages. Throws Error(input).
EventCursor decode_cursor(std::string_view text, const std::string& what);

class EventFollower {
 public:
  /// One page of the events at or after `start`, `skip` newer ones left out.
  using ReadPage = std::function<EventPage(std::optional<Instant> start, std::int64_t skip)>;

  /// Events that come to the list late are still seen when they are no older than `overlap` behind the
  /// newest.
  EventFollower(ReadPage read, EventCursor cursor, Duration overlap);

  /// Everything that is new, in time order. Without `since`, the first poll of a new cursor only notes what
  /// is there already. `now`, the server's clock, keeps an event from the future from hiding those after it.
  /// Throws Error(api) when the pages do not fit together.
  std::vector<FindingEvent> poll(Instant now);
  /// This event was handed on: it does not come again.
  void mark(const FindingEvent& event);
  /// Where to go on after a restart.
  const EventCursor& cursor();

 private:
  std::optional<Instant> floor() const;
  std::vector<FindingEvent> read_back();
  std::optional<std::vector<FindingEvent>> read_once();

  ReadPage read_;
  EventCursor cursor_;
  Duration overlap_;
  Instant now_{};
};

}  // namespace kolega::api
