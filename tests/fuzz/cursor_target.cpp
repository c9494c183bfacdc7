// The file with which `findings events --follow` goes on, and the pages of events: what is read is written and read
// again as itself.
#include "api/event_follower.hpp"
#include "base/error.hpp"
#include "fuzz/target.hpp"

namespace kolega::fuzz {

namespace {

void read_cursor(std::string_view bytes) {
  try {
    const auto cursor = api::decode_cursor(bytes, "cursor.json");
    const auto again = api::decode_cursor(api::encode_cursor(cursor), "again.json");
    require(api::encode_cursor(again) == api::encode_cursor(cursor), "a cursor that is kept reads back as itself");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input, "a cursor that cannot be read is the input's fault");
  }
}

/// The same page for every request: the follower ends, and hands no event on twice.
void follow(std::string_view bytes) {
  try {
    const auto tree = parse_json(bytes, "answer", ErrorKind::api);
    const auto page = api::decode_event_page(JsonView(tree, "answer", ErrorKind::api));
    const auto read = [&](std::optional<Instant>, std::int64_t) {
      auto copy = page;
      copy.has_next = false;
      return copy;
    };
    const auto now = *parse_instant("2026-11-23T12:00:00Z");
    api::EventFollower follower(read, {.since = Instant{}}, std::chrono::minutes{5});
    for (const auto& event : follower.poll(now)) follower.mark(event);
    require(follower.poll(now).empty(), "an event that was handed on does not come again");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::api, "an answer that breaks the contract is the API's fault");
  }
}

}  // namespace

void run_cursor(std::string_view bytes) {
  read_cursor(bytes);
  follow(bytes);
}

std::vector<std::string> cursor_seeds() {
  api::EventCursor cursor;
  cursor.started = true;
  cursor.newest = *parse_instant("2026-11-23T11:58:00Z");
  cursor.known = {{"e1", cursor.newest}, {"e2", cursor.newest - std::chrono::minutes{1}}};
  auto since = cursor;
  since.since = *parse_instant("2026-11-01T00:00:00Z");
  return {
      api::encode_cursor({}),
      api::encode_cursor(cursor),
      api::encode_cursor(since),
      R"({"items":[{"id":"e2","event_timestamp":"2026-11-23T11:58:00Z","event_type":"created","finding_id":"f"},{"id":"e1","event_timestamp":"2026-11-23T11:57:00.5Z","event_type":"fixed","finding_id":"f"}],"total":2,"limit":100,"skip":0,"has_next":false})",
  };
}

}  // namespace kolega::fuzz
