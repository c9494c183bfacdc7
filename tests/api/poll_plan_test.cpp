#include "api/poll_plan.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace kolega;
using namespace std::chrono_literals;

namespace {

struct Seen {
  Duration lag{};
  int polls{};
};

using Percent = std::function<double(Duration)>;

/// The same chance for all waits, or (negative) another for each.
struct Chance {
  double fixed{-1};
  std::mt19937 numbers{1};
  double next() { return fixed < 0 ? std::uniform_real_distribution<>(0, 1)(numbers) : fixed; }
};

/// Polls a scan that ends after `length`; `percent` of the time that has passed.
Seen watch(Duration length, Chance chance, const Percent& percent, std::optional<Duration> expected = {}) {
  api::PollPlan plan(100ms, 5s);
  if (expected) plan.expect(expected);
  Duration now{};
  for (int polls = 1;; ++polls) {
    if (now >= length) return {now - length, polls};
    now += plan.next(now, percent(now), chance.next());
  }
}

/// What GET /scans tells when somebody looks: 2 s after the start, as the scan runner does.
using History = std::function<std::optional<std::optional<Duration>>(Duration length)>;

std::optional<std::optional<Duration>> none(Duration) {
  return std::nullopt;  // nobody looks
}

std::optional<std::optional<Duration>> looked(Duration) {
  return std::optional<Duration>{};  // nothing is there
}

History share(double of_length) {
  return [=](Duration length) -> std::optional<std::optional<Duration>> {
    return Duration(static_cast<Duration::rep>(static_cast<double>(length.count()) * of_length));
  };
}

struct Many {
  double mean_lag{};  ///< s
  double greatest_lag{};
  double mean_polls{};  ///< without the look
  int most_polls{};
};

using PercentOf = std::function<double(Duration now, Duration length)>;

Seen watch_late_look(Duration length, std::mt19937& numbers, const History& history, const PercentOf& percent) {
  api::PollPlan plan(100ms, 5s);
  std::uniform_real_distribution<> chance(0, 1);
  bool waiting = true;
  Duration now{};
  for (int polls = 1;; ++polls) {
    if (now >= length) return {now - length, polls};
    const auto told = waiting && now >= 2s ? history(length) : std::nullopt;
    if (told) plan.expect(*told);
    waiting = waiting && !told;
    now += plan.next(now, percent(now, length), chance(numbers));
  }
}

Many watch_many(Duration length, Duration longest, const History& history, const PercentOf& percent) {
  constexpr int scans = 300;
  std::mt19937 numbers(1);
  Many many;
  for (int i = 0; i < scans; ++i) {
    const auto seen = watch_late_look(length + (longest - length) * i / scans, numbers, history, percent);
    const auto lag = static_cast<double>(seen.lag.count()) / 1000;
    many.mean_lag += lag / scans;
    many.greatest_lag = std::max(many.greatest_lag, lag);
    many.mean_polls += static_cast<double>(seen.polls) / scans;
    many.most_polls = std::max(many.most_polls, seen.polls);
  }
  return many;
}

double jump(Duration, Duration) {
  return 0;
}

double even_percent(Duration now, Duration length) {
  return 100.0 * static_cast<double>(now.count()) / static_cast<double>(length.count());
}

double silent(Duration) {
  return 0;
}

Percent linear(Duration length) {
  return [=](Duration now) {
    return 100.0 * static_cast<double>(now.count()) / static_cast<double>(length.count());
  };
}

int polls_of_fixed(Duration length) {
  return static_cast<int>((length + 4999ms) / 5000ms) + 1;
}

/// Percentages that nobody should trust, of a scan of this length.
std::vector<Percent> liars(Duration length) {
  return {[](Duration) { return 99.9; }, [](Duration) { return -5.0; }, [](Duration) { return 1e308; },
          [](Duration now) { return 90 - static_cast<double>(now.count()) / 1000; },  // goes back
          [](Duration now) { return now < 10s ? 0.0 : 50.0; },
          // creeps up to 100
          [](Duration now) { return 100.0 * (1 - 1000.0 / static_cast<double>(1000 + now.count())); },
          [](Duration now) { return static_cast<double>(now.count()) / 1e6; },  // far too slow
          [=](Duration now) { return std::min(99.9, 2.5 * linear(length)(now)); }};
}

}  // namespace

TEST_CASE("a percentage that says nothing and no history: lag and polls by the length of the scan") {
  struct Goal {
    Duration length;
    Duration longest;  ///< scans from `length` to here
    double mean_lag;   ///< s
    int polls;         ///< at `length`
  };
  for (const auto& goal : {Goal{0ms, 0ms, 0, 1}, Goal{200ms, 240ms, 0.15, 2}, Goal{1'150ms, 2'240ms, 0.3, 6},
                           Goal{2s, 2s, 0.3, 6}, Goal{17'000ms, 20'400ms, 0.62, 20}, Goal{20s, 20s, 0.7, 20}}) {
    const auto seen = watch_many(goal.length, goal.longest, none, jump);
    CAPTURE(goal.length.count());
    CAPTURE(goal.longest.count());
    CHECK(seen.mean_lag <= goal.mean_lag);
    CHECK(watch_many(goal.length, goal.length, none, jump).most_polls <= goal.polls);
  }
}

TEST_CASE("behind the dense polls of the first 20 s a poll comes after at most two fifths of the time that has passed") {
  for (auto length = 21s; length < 110s; length += 1s) {
    CAPTURE(length.count());
    const auto seconds = static_cast<double>(length.count());
    CHECK(watch_many(length, length, looked, jump).greatest_lag <= 0.4 * seconds);
  }
}

TEST_CASE("over two minutes never more polls than one every 5 s, whatever percentage and history say") {
  for (auto length = 120'001ms; length < 1500s; length += 1'777ms) {
    auto percents = liars(length);
    percents.emplace_back(silent);
    percents.push_back(linear(length));
    for (const auto& percent : percents) {
      for (const double share : {0.0, 0.2, 0.5, 0.9, 1.0, 1.1, 2.0, 10.0}) {
        std::optional<Duration> expected;
        if (share > 0)
          expected = Duration(static_cast<Duration::rep>(static_cast<double>(length.count()) * share));
        const auto seen = watch(length, {}, percent, expected);
        // With a history one more request was made: the look at it.
        const bool within = seen.polls + (expected ? 1 : 0) <= polls_of_fixed(length);
        CAPTURE(length.count());
        CAPTURE(share);
        CHECK(within);
      }
    }
  }
}

TEST_CASE("the lag of a scan without any hint stays below a third of its length") {
  for (auto length = 2'000ms; length < 1200s; length += 331ms) {
    for (const double random : {0.0, 0.5, 0.999}) {
      const auto seen = watch(length, {.fixed = random}, silent);
      CAPTURE(length.count());
      CHECK(seen.lag <= std::max<Duration>(1'550ms, length * 38 / 100));
      if (length > 126s) CHECK(seen.lag <= 5'300ms);
    }
  }
}

TEST_CASE("earlier scans tell when to look: sparse before, dense around their end, rarer when overdue") {
  for (const auto length : {2'000ms, 20'000ms, 60'000ms, 300'000ms}) {
    for (const int percent_of_truth : {93, 100, 108}) {
      const auto seen = watch(length, {.fixed = 0.5}, silent, length * percent_of_truth / 100);
      CAPTURE(length.count());
      CAPTURE(percent_of_truth);
      CHECK(seen.lag <= std::max<Duration>(150ms, length * 35 / 1000));
      CHECK(seen.polls <= std::min(20, polls_of_fixed(length) + 12) + (length > 200s ? 20 : 0));
    }
  }
  // A history that is wrong by far costs no more than none.
  CHECK(watch(20s, {.fixed = 0.5}, silent, 1000ms).lag <= 10s);
  CHECK(watch(3s, {.fixed = 0.5}, silent, 600s).lag <= 2s);
  CHECK(watch(600s, {.fixed = 0.5}, silent, 1000ms).lag <= 5'300ms);
}

TEST_CASE("an even percentage is followed") {
  for (const auto length : {20'000ms, 60'000ms, 300'000ms}) {
    const auto seen = watch(length, {.fixed = 0.5}, linear(length));
    MESSAGE("even scan of ", length.count(), " ms: lag ", seen.lag.count(), " ms, ", seen.polls, " polls");
    CHECK(seen.lag <= (length == 300s ? 5'000ms : std::max<Duration>(250ms, length / 90)));
    CHECK(seen.polls <= (length == 20s ? 12 : polls_of_fixed(length) + 12));
  }
}

TEST_CASE("a percentage that lies costs little") {
  for (const auto& liar : liars(20s)) {
    const auto seen = watch(20s, {.fixed = 0.5}, liar);
    CHECK(seen.lag <= 7s);
    CHECK(seen.polls <= 25);
    CHECK(watch(300s, {.fixed = 0.5}, liar).lag <= 10s);
  }
}

TEST_CASE("the time that is left is told by an even percentage, else by earlier scans") {
  api::PollPlan plan(100ms, 5s);
  CHECK(!plan.eta());
  for (const auto at : {1s, 2s, 3s}) plan.next(at, static_cast<double>(at.count()) * 10, 0.5);
  REQUIRE(plan.eta());
  CHECK(*plan.eta() == 7s);
  plan.next(4s, 20, 0.5);
  CHECK(!plan.eta());
  plan.expect(10s);
  CHECK(*plan.eta() == 6s);
  plan.next(11s, 20, 0.5);
  CHECK(!plan.eta());  // overdue: nobody knows
}

TEST_CASE("the median of earlier scans, not their mean") {
  CHECK(!api::expected_duration({}));
  CHECK(*api::expected_duration({5s}) == 5s);
  CHECK(*api::expected_duration({1s, 900s, 2s}) == 2s);
}

// KOLEGA_POLL_TABLE=1 unit_tests --test-case='the table of polls*' prints what docs/performance.md shows.
TEST_CASE("the table of polls: lengths of scans, shapes of percentages, histories") {
  const std::vector<std::pair<const char*, PercentOf>> shapes{
      {"jumps at the end", jump},
      {"even", even_percent},
      {"stops half way", [](Duration now, Duration length) { return std::min(50.0, even_percent(now, length)); }},
      {"fast, then slow",
       [](Duration now, Duration length) { return 99 * (1 - std::exp(-even_percent(now, length) / 25)); }}};
  const std::vector<std::pair<const char*, History>> histories{
      {"none", looked}, {"right", share(1)}, {"a fifth too long", share(1.2)}, {"half", share(0.5)}, {"ten times", share(10)}};
  const bool print = std::getenv("KOLEGA_POLL_TABLE") != nullptr;
  for (const auto& [shape_name, percent] : shapes) {
    for (const auto& [history_name, history] : histories) {
      std::string row = "| " + std::string(shape_name) + " | " + history_name;
      for (const auto length : {100ms, 1'000ms, 5'000ms, 20'000ms, 60'000ms, 300'000ms, 7'200'000ms}) {
        // Scans up to a tenth longer, but the shares of the history stay what they are.
        const auto seen = watch_many(length, length + length / 10, history, percent);
        CAPTURE(row);
        CAPTURE(length.count());
        CHECK(seen.mean_lag <= std::max(0.3, static_cast<double>(length.count()) / 1000 * 0.35));
        if (length > 130s) {
          CHECK(seen.mean_polls + 1 <= polls_of_fixed(length + length / 10));
          CHECK(seen.greatest_lag <= 10.5);
        }
        std::array<char, 64> cell{};
        std::snprintf(cell.data(), cell.size(), " | %.2f / %.2f / %.0f", seen.mean_lag, seen.greatest_lag,
                      seen.mean_polls);
        row += cell.data();
      }
      if (print) std::puts((row + " |").c_str());
    }
  }
}
