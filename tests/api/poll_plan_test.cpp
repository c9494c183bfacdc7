#include "api/poll_plan.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace kolega;
using namespace std::chrono_literals;

namespace {

struct Seen {
  Duration lag{};
  int polls{};
};

/// Polls a scan that ends after `length`; `percent` of the time that has passed.
Seen watch(Duration length, double random, const std::function<double(Duration)>& percent) {
  api::PollPlan plan(100ms, 5s);
  Duration now{};
  for (int polls = 1;; ++polls) {
    if (now >= length) return {now - length, polls};
    now += plan.next(now, percent(now), random);
  }
}

double jump(Duration) {
  return 0;
}

std::function<double(Duration)> linear(Duration length) {
  return [=](Duration now) {
    return 100.0 * static_cast<double>(now.count()) / static_cast<double>(length.count());
  };
}

int polls_of_fixed(Duration length) {
  return static_cast<int>((length + 4999ms) / 5000ms) + 1;
}

}  // namespace

TEST_CASE("a percentage that says nothing: lag and polls by the length of the scan") {
  struct Goal {
    Duration length;
    Duration lag;  ///< at most, with any jitter
    int polls;
  };
  for (const auto& goal : {Goal{0ms, 0ms, 1}, Goal{200ms, 150ms, 3}, Goal{2s, 300ms, 6},
                           Goal{20s, 1300ms, 21}, Goal{60s, 10s, 30}, Goal{300s, 5300ms, 61}}) {
    for (const double random : {0.0, 0.5, 0.999}) {
      const auto seen = watch(goal.length, random, jump);
      MESSAGE("scan of ", goal.length.count(), " ms: lag ", seen.lag.count(), " ms, ", seen.polls, " polls");
      CHECK(seen.lag <= goal.lag);
      CHECK(seen.polls <= goal.polls);
    }
  }
}

TEST_CASE("around 20 s the mean lag is 0.6 s with 20 polls") {
  Duration lag{};
  int polls = 0;
  int scans = 0;
  for (auto length = 17'400ms; length <= 22'600ms; length += 100ms) {
    const auto seen = watch(length, 0.5, jump);
    lag += seen.lag;
    polls += seen.polls;
    ++scans;
  }
  MESSAGE("mean lag ", lag.count() / scans, " ms, mean polls ", polls / scans);
  CHECK(lag / scans <= 620ms);
  CHECK(polls / scans <= 20);
}

TEST_CASE("long scans: from four minutes on no more polls than one every 5 s, and never a lag over 10.5 s") {
  for (Duration length = 30s; length < 1h; length += 7s) {
    for (const double random : {0.0, 0.999}) {
      const auto seen = watch(length, random, jump);
      CHECK(seen.lag <= (length < 240s ? 10'500ms : 5'300ms));
      if (length >= 240s) CHECK(seen.polls <= polls_of_fixed(length));
    }
  }
}

TEST_CASE("an even percentage is followed") {
  for (const auto length : {20'000ms, 60'000ms, 300'000ms}) {
    const auto seen = watch(length, 0.5, linear(length));
    MESSAGE("even scan of ", length.count(), " ms: lag ", seen.lag.count(), " ms, ", seen.polls, " polls");
    CHECK(seen.lag <= std::max(Duration{250}, length / 90));
    CHECK(seen.polls <= (length == 20s ? 12 : polls_of_fixed(length) + 12));
  }
}

TEST_CASE("a percentage that lies costs little") {
  const std::vector<std::function<double(Duration)>> liars{
      [](Duration) { return 99.9; },
      [](Duration) { return -5.0; },
      [](Duration) { return 1e308; },
      [](Duration now) { return 90 - static_cast<double>(now.count()) / 1000; },  // goes back
      [](Duration now) { return now < 10s ? 0.0 : 50.0; },
      [](Duration now) {
        return 100.0 * (1 - 1000.0 / static_cast<double>(1000 + now.count()));
      },                                                                    // creeps up to 100
      [](Duration now) { return static_cast<double>(now.count()) / 1e6; },  // far too slow
  };
  for (const auto& liar : liars) {
    const auto seen = watch(20s, 0.5, liar);
    CHECK(seen.lag <= 5s);
    CHECK(seen.polls <= 40);
    CHECK(watch(300s, 0.5, liar).polls <= 100);
    CHECK(watch(300s, 0.5, liar).lag <= 10s);
  }
}

TEST_CASE("the time that is left is told once the percentage moves evenly") {
  api::PollPlan plan(100ms, 5s);
  CHECK(!plan.eta());
  for (const auto at : {1s, 2s, 3s}) plan.next(at, static_cast<double>(at.count()) * 10, 0.5);
  REQUIRE(plan.eta());
  CHECK(*plan.eta() == 7s);
  plan.next(4s, 20, 0.5);
  CHECK(!plan.eta());
}
