#include "api/poll_plan.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <random>
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

double jump(Duration) {
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

TEST_CASE("a percentage that says nothing: lag and polls by the length of the scan") {
  struct Goal {
    Duration length;
    Duration lag;
    int polls;
  };
  for (const auto& goal :
       {Goal{0ms, 0ms, 1}, Goal{200ms, 150ms, 3}, Goal{2s, 300ms, 6}, Goal{20s, 600ms, 20}}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      const auto seen = watch(goal.length, {.numbers = std::mt19937(seed)}, jump);
      CAPTURE(goal.length.count());
      CHECK(seen.lag <= goal.lag);
      CHECK(seen.polls <= goal.polls);
    }
  }
}

TEST_CASE("up to 20 s the mean lag is at most 0.6 s") {
  Duration lag{};
  int scans = 0;
  for (auto length = 15'000ms; length <= 20'000ms; length += 100ms) {
    lag += watch(length, {.fixed = 0.5}, jump).lag;
    ++scans;
  }
  MESSAGE("mean lag ", lag.count() / scans, " ms");
  CHECK(lag / scans <= 620ms);
}

TEST_CASE("over two minutes never more polls than one every 5 s, whatever percentage and history say") {
  for (auto length = 120'001ms; length < 1500s; length += 1'777ms) {
    auto percents = liars(length);
    percents.emplace_back(jump);
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
      const auto seen = watch(length, {.fixed = random}, jump);
      CAPTURE(length.count());
      CHECK(seen.lag <= std::max<Duration>(1'250ms, length * 38 / 100));
      if (length > 126s) CHECK(seen.lag <= 5'300ms);
    }
  }
}

TEST_CASE("earlier scans tell when to look: sparse before, dense around their end, rarer when overdue") {
  for (const auto length : {2'000ms, 20'000ms, 60'000ms, 300'000ms}) {
    for (const int percent_of_truth : {93, 100, 108}) {
      const auto seen = watch(length, {.fixed = 0.5}, jump, length * percent_of_truth / 100);
      CAPTURE(length.count());
      CAPTURE(percent_of_truth);
      CHECK(seen.lag <= std::max<Duration>(150ms, length * 35 / 1000));
      CHECK(seen.polls <= std::min(20, polls_of_fixed(length) + 12) + (length > 200s ? 10 : 0));
    }
  }
  // A history that is wrong by far costs no more than none.
  CHECK(watch(20s, {.fixed = 0.5}, jump, 1000ms).lag <= 10s);
  CHECK(watch(3s, {.fixed = 0.5}, jump, 600s).lag <= 2s);
  CHECK(watch(600s, {.fixed = 0.5}, jump, 1000ms).lag <= 5'300ms);
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
