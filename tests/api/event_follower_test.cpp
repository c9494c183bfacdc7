#include "api/event_follower.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace kolega;
using api::EventCursor;
using api::EventFollower;
using api::EventPage;
using api::FindingEvent;

namespace {

constexpr std::int64_t page_size = 200;
const Instant epoch = *parse_instant("2026-06-01T12:00:00Z");

/// The feed as the API serves it: newest first, in pages by position.
class Feed {
 public:
  void add(const std::string& id, Instant at) {
    const auto later = [](Instant when, const FindingEvent& event) { return when < event.at; };
    events_.insert(std::upper_bound(events_.begin(), events_.end(), at, later), {id, at, {}});
  }
  void remove(const std::string& id) {
    std::erase_if(events_, [&](const FindingEvent& event) { return event.id == id; });
  }
  EventPage page(std::optional<Instant> start, std::int64_t skip) {
    ++reads;
    if (before_page) before_page();
    EventPage page;
    std::vector<FindingEvent> matching;
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (!start || event->at >= *start) matching.push_back(*event);
    }
    page.total = static_cast<std::int64_t>(matching.size());
    for (auto i = skip; i < std::min(skip + page_size, page.total); ++i)
      page.events.push_back(matching[static_cast<std::size_t>(i)]);
    page.has_next = skip + page_size < page.total;
    return page;
  }
  EventFollower follower(EventCursor cursor = {}, Duration overlap = std::chrono::minutes(5)) {
    return {[this](auto start, auto skip) { return page(start, skip); }, std::move(cursor), overlap};
  }
  std::size_t size() const { return events_.size(); }

  std::function<void()> before_page{};
  std::size_t reads{};

 private:
  std::vector<FindingEvent> events_{};  // oldest first
};

std::vector<std::string> ids(const std::vector<FindingEvent>& events) {
  std::vector<std::string> out;
  for (const auto& event : events) out.push_back(event.id);
  return out;
}

std::vector<std::string> take(EventFollower& follower, Instant now = epoch + std::chrono::hours(1)) {
  const auto events = follower.poll(now);
  for (const auto& event : events) follower.mark(event);
  return ids(events);
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a new cursor starts at now, one with since starts there") {
  Feed feed;
  feed.add("a", epoch);
  feed.add("b", epoch + std::chrono::seconds(10));
  auto follower = feed.follower();
  CHECK(take(follower).empty());
  feed.add("c", epoch + std::chrono::seconds(20));
  CHECK(take(follower) == Ids{"c"});
  CHECK(take(follower).empty());
  EventCursor since;
  since.since = epoch + std::chrono::seconds(10);
  auto from = feed.follower(since);
  CHECK(take(from) == Ids{"b", "c"});
}

TEST_CASE("an empty feed makes everything that comes new, whatever the clocks say") {
  Feed feed;
  auto follower = feed.follower();
  CHECK(take(follower).empty());
  feed.add("a", epoch - std::chrono::days(9));
  CHECK(take(follower) == Ids{"a"});
}

TEST_CASE("late events within the overlap come once, older ones not; equal times are no problem") {
  Feed feed;
  feed.add("a", epoch);
  auto follower = feed.follower();
  take(follower);
  feed.add("same", epoch);
  feed.add("late", epoch - std::chrono::minutes(4));
  feed.add("too late", epoch - std::chrono::minutes(6));
  CHECK(take(follower) == Ids{"late", "same"});
  CHECK(take(follower).empty());
}

TEST_CASE("an event from the future hides none after it") {
  Feed feed;
  feed.add("a", epoch);
  auto follower = feed.follower();
  take(follower, epoch);
  feed.add("2099", epoch + std::chrono::days(30000));
  CHECK(take(follower, epoch) == Ids{"2099"});
  feed.add("b", epoch + std::chrono::seconds(1));
  CHECK(take(follower, epoch + std::chrono::seconds(2)) == Ids{"b"});
  CHECK(take(follower, epoch + std::chrono::seconds(2)).empty());
}

TEST_CASE("events that vanish between two pages make it read again; a list that lies is an error") {
  Feed feed;
  auto follower = feed.follower();
  take(follower);
  Ids all;
  for (int i = 0; i < 500; ++i) {
    all.push_back("e" + std::to_string(i));
    feed.add(all.back(), epoch + std::chrono::seconds(i));
  }
  feed.reads = 0;
  feed.before_page = [&] {
    if (feed.reads == 2) {
      for (int i = 480; i < 490; ++i) feed.remove("e" + std::to_string(i));
    }
  };
  const auto got = take(follower);
  CHECK(got.size() == 490);
  CHECK(feed.reads > 3);

  const auto lying = [](EventPage page) {
    EventFollower liar([page](auto, auto) { return page; }, {}, std::chrono::minutes(5));
    CHECK_THROWS_AS(liar.poll(epoch), Error);
  };
  lying({{}, 0, true});
  lying({{{"x", epoch, {}}}, 5, false});
  lying({{{"x", epoch, {}}, {"y", epoch, {}}}, 9, true});
}

TEST_CASE("a cursor reads back as it was written; anything else is refused") {
  EventCursor cursor;
  cursor.started = true;
  cursor.newest = epoch;
  cursor.since = epoch - std::chrono::microseconds(1);
  cursor.known = {{"a\"\n", epoch}, {"b", epoch - std::chrono::microseconds(123456)}};
  CHECK(api::decode_cursor(api::encode_cursor(cursor), "c") == cursor);
  CHECK(api::decode_cursor(api::encode_cursor({}), "c") == EventCursor{});
  for (const auto* wrong :
       {"", "{}", "[]", R"({"format":"x"})", R"({"format":"kolega-gate/event-cursor/v1","started":true})"}) {
    CHECK_THROWS_AS(api::decode_cursor(wrong, "c"), Error);
  }
}

TEST_CASE(
    "property: 10,000 events in bursts, between and during page reads, with restarts at random points") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    INFO("seed ", seed);
    std::mt19937 random(seed);
    const auto upto = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most + 1)); };
    Feed feed;
    Instant clock = epoch;
    std::size_t made = 0;
    std::set<std::string> late;
    const auto burst = [&](int most) {
      for (int count = upto(most); count > 0 && made < 10'000; --count) {
        auto at = clock += std::chrono::milliseconds(upto(2) * 10);  // often the same instant
        const auto id = "e" + std::to_string(made++);
        if (seed % 2 == 0 && upto(50) == 0) {
          at -= std::chrono::seconds(upto(200));
          late.insert(id);
        }
        feed.add(id, at);
      }
    };
    auto follower = feed.follower();
    take(follower, clock);
    feed.before_page = [&] { burst(upto(9) == 0 ? 450 : 30); };
    std::map<std::string, int> times;
    std::vector<FindingEvent> stream;
    std::size_t idle = 0;
    while (idle < 2) {
      if (upto(3) == 0) burst(1500);
      const auto events = follower.poll(clock);
      idle = events.empty() && made == 10'000 ? idle + 1 : 0;
      // Some of it is passed on and the cursor saved; then the program ends.
      const auto passed_on =
          upto(4) == 0 ? static_cast<std::size_t>(upto(static_cast<int>(events.size()))) : events.size();
      for (std::size_t i = 0; i < passed_on; ++i) {
        follower.mark(events[i]);
        ++times[events[i].id];
        stream.push_back(events[i]);
      }
      if (upto(2) == 0 || passed_on < events.size()) {
        const auto saved = api::encode_cursor(follower.cursor());
        follower = feed.follower(api::decode_cursor(saved, "cursor"));
      }
    }
    CHECK(times.size() == 10'000);
    CHECK(std::ranges::all_of(times, [](const auto& entry) { return entry.second == 1; }));
    Instant before{};
    std::size_t disordered = 0;
    for (const auto& event : stream) {
      if (late.contains(event.id)) continue;
      if (event.at < before) ++disordered;
      before = std::max(before, event.at);
    }
    CHECK(disordered == 0);
  }
}
