#include "api/event_follower.hpp"

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include "api/wire.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace kolega::api {

namespace {

constexpr std::string_view cursor_format = "kolega-gate/event-cursor/v1";
constexpr int passes = 5;
constexpr std::size_t most_pages = 5000;
/// Pages in a row that may hold nothing but what was read before: a burst pushes the list that far.
constexpr std::size_t most_stale_pages = 50;

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::api, "listing the finding events: " + why);
}

bool holds(const std::vector<FindingEvent>& events, const std::string& id) {
  return std::ranges::find(events, id, &FindingEvent::id) != events.end();
}

Instant newest_of(const std::vector<FindingEvent>& events) {
  Instant newest{};
  for (const auto& event : events) newest = std::max(newest, event.at);
  return newest;
}

FindingEvent decode_event(const JsonView& item) {
  const auto id = item.require_string("id");
  if (id.empty() || id.size() > 256) item.require("id").fail("not a usable id: '" + printable(id, 60) + "'");
  return {std::string(id), item.require("event_timestamp").as_instant(), item.raw()};
}

}  // namespace

EventPage decode_event_page(const JsonView& document) {
  const auto head = decode_page_head(document);
  EventPage page{{}, head.total, head.has_next};
  for (const auto& item : document.require("items").items()) page.events.push_back(decode_event(item));
  return page;
}

std::string encode_cursor(const EventCursor& cursor) {
  std::ostringstream out;
  JsonWriter writer(out, JsonWriter::Style::pretty);
  writer.begin_object().member("format", cursor_format).member("started", cursor.started);
  writer.member("newest", std::string_view(format_instant(cursor.newest)));
  if (cursor.since) writer.member("since", std::string_view(format_instant(*cursor.since)));
  writer.key("known").begin_array();
  for (const auto& [id, at] : cursor.known) {
    writer.one_line().begin_object().member("id", std::string_view(id));
    writer.member("at", std::string_view(format_instant(at))).end_object();
  }
  writer.end_array().end_object().finish();
  return out.str();
}

EventCursor decode_cursor(std::string_view text, const std::string& what) {
  const auto document = parse_json(text, what, ErrorKind::input);
  const JsonView view(document, what, ErrorKind::input);
  if (view.require_string("format") != cursor_format) view.require("format").fail("not a cursor of events");
  EventCursor cursor;
  cursor.started = view.require_boolean("started");
  cursor.newest = view.require("newest").as_instant();
  cursor.since = view.optional_instant("since");
  for (const auto& item : view.require("known").items()) {
    cursor.known.emplace(item.require_string("id"), item.require("at").as_instant());
  }
  return cursor;
}

EventFollower::EventFollower(ReadPage read, EventCursor cursor, Duration overlap)
    : read_(std::move(read)), cursor_(std::move(cursor)), overlap_(overlap) {}

std::optional<Instant> EventFollower::floor() const {
  if (!cursor_.started) return cursor_.since;
  const auto window = cursor_.newest - overlap_;
  return cursor_.since ? std::max(*cursor_.since, window) : window;
}

std::optional<std::vector<FindingEvent>> EventFollower::read_once() {
  std::vector<FindingEvent> out;
  std::unordered_set<std::string> seen;
  auto floor = this->floor();
  const auto start = floor;
  std::string last;  // the oldest event of the page before: pages overlap by it
  std::int64_t skip = 0;
  std::size_t stale = 0;
  for (std::size_t pages = 0; pages < most_pages; ++pages) {
    const auto page = read_(start, skip);
    const auto received = static_cast<std::int64_t>(page.events.size());
    if (!floor && received > 0) floor = std::min(newest_of(page.events), now_) - overlap_;
    const bool more = page.has_next || page.total > skip + received;
    if (received == 0 && page.has_next) fail("an empty page promises more");
    const auto before = out.size();
    for (const auto& event : page.events) {
      if (seen.insert(event.id).second) out.push_back(event);
    }
    const bool fresh = out.size() > before;
    // Pages of a single event do not overlap: each must bring a new one.
    const bool joined = last.empty() ? pages == 0 || fresh : holds(page.events, last);
    // Pushed down by more than a page: only what was read already, not yet as far as before.
    const bool pushed_down = received > 0 && !fresh;
    if (!joined && !(pushed_down && more)) return std::nullopt;
    stale = fresh ? 0 : stale + 1;
    if (stale > most_stale_pages) fail("pages bring nothing new but promise more");
    const auto old = [&](const FindingEvent& event) { return floor && event.at < *floor; };
    if (!more || (joined && std::ranges::all_of(page.events, old))) return out;
    if (joined) last = received > 1 ? page.events.back().id : std::string{};
    skip += received > 1 ? received - 1 : 1;
  }
  fail("no end after " + std::to_string(most_pages) + " pages");
}

std::vector<FindingEvent> EventFollower::read_back() {
  for (int pass = 0; pass < passes; ++pass) {
    if (auto whole = read_once()) return std::move(*whole);
  }
  fail("the pages do not fit together (read " + std::to_string(passes) + " times)");
}

std::vector<FindingEvent> EventFollower::poll(Instant now) {
  now_ = now;
  auto events = read_back();
  std::ranges::reverse(events);  // equal times stay in the order in which the list has them
  std::ranges::stable_sort(events, {}, &FindingEvent::at);
  if (!cursor_.started) {
    cursor_.started = true;
    cursor_.newest = cursor_.since.value_or(Instant{});
    if (!cursor_.since) {
      for (const auto& event : events) mark(event);
      return {};
    }
  }
  const auto oldest = *floor();
  std::erase_if(events, [&](const FindingEvent& event) {
    return event.at < oldest || cursor_.known.contains(event.id);
  });
  return events;
}

void EventFollower::mark(const FindingEvent& event) {
  cursor_.known.emplace(event.id, event.at);
  cursor_.newest = std::max(cursor_.newest, std::min(event.at, now_));
}

const EventCursor& EventFollower::cursor() {
  if (const auto oldest = floor()) {
    std::erase_if(cursor_.known, [&](const auto& known) { return known.second < *oldest; });
  }
  return cursor_;
}

}  // namespace kolega::api
