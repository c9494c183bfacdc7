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
  int looks{};  ///< requests for earlier scans
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
  if (expected) plan.learn({expected, {}}, 1);
  Duration now{};
  for (int polls = 1;; ++polls) {
    if (now >= length) return {now - length, polls};
    now += plan.next(now, percent(now), chance.next());
  }
}

/// What the looks at earlier scans told, and how many requests they took.
struct Told {
  api::Earlier earlier{};
  int requests{1};
};
/// Of a scan of this length, 2 s after its start, as the scan runner asks; nothing: nobody looks.
using History = std::function<std::optional<Told>(Duration length, std::mt19937& numbers)>;

Duration times(Duration length, double factor) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(length.count()) * factor));
}

std::optional<Told> none(Duration, std::mt19937&) {
  return std::nullopt;
}

/// Nothing was there to be found.
History looked(int requests) {
  return [=](Duration, std::mt19937&) { return std::optional(Told{{}, requests}); };
}

History share(double of_length) {
  return [=](Duration length, std::mt19937&) { return std::optional(Told{{times(length, of_length), {}}, 1}); };
}

/// Scans of another repository take `factor` times as long; from one to the next up to 1.6 times more or less.
History elsewhere(double factor) {
  return [=](Duration length, std::mt19937& numbers) -> std::optional<Told> {
    const double size = factor * std::exp(std::uniform_real_distribution<>(-std::log(1.6), std::log(1.6))(numbers));
    std::vector<Duration> took;
    for (int i = 0; i < 10; ++i)
      took.push_back(times(length, size * std::uniform_real_distribution<>(0.85, 1.15)(numbers)));
    return Told{{std::nullopt, api::likely_span(std::move(took))}, 2};
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
  int looks = 0;
  Duration now{};
  for (int polls = 1;; ++polls) {
    if (now >= length) return {now - length, polls, looks};
    const auto told = waiting && now >= 2s ? history(length, numbers) : std::nullopt;
    if (told) {
      plan.learn(told->earlier, told->requests);
      looks = told->requests;
    }
    waiting = waiting && !told;
    now += plan.next(now, percent(now, length), chance(numbers));
  }
}

Many watch_many(Duration length, Duration longest, const History& history, const PercentOf& percent, int scans = 300) {
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

Many watch_around(Duration length, const History& history) {
  return watch_many(times(length, 0.85), times(length, 1.15), history, [](Duration, Duration) { return 0.0; });
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
    double greatest;   ///< s
    int polls;
  };
  for (const int requests : {1, 2, 3}) {
    for (const auto& goal :
         {Goal{0ms, 0ms, 0, 0, 1}, Goal{200ms, 240ms, 0.15, 0.2, 2}, Goal{1'150ms, 2'240ms, 0.3, 0.61, 6},
          Goal{2s, 2s, 0.3, 0.4, 6}, Goal{4s, 6s, 0.95, 1.9, 9}, Goal{8s, 12s, 1.2, 2.8, 13},
          Goal{13s, 17s, 1.5, 3.1, 14}, Goal{17'400ms, 22'600ms, 0.6, 1.2, 18}, Goal{22s, 22'900ms, 0.7, 1.2, 18}}) {
      const auto seen = watch_many(goal.length, goal.longest, looked(requests), jump);
      CAPTURE(requests);
      CAPTURE(goal.length.count());
      CAPTURE(goal.longest.count());
      CHECK(seen.mean_lag <= goal.mean_lag);
      CHECK(seen.greatest_lag <= goal.greatest);
      CHECK(seen.most_polls <= goal.polls);
    }
  }
}

TEST_CASE("where nobody looks at earlier scans the dense polls are never far apart") {
  for (auto length = 2s; length < 17s; length += 1s) {
    CAPTURE(length.count());
    const auto seen = watch_many(length, length + 1s, none, jump);
    CHECK(seen.greatest_lag <= 1.55);
    CHECK(seen.most_polls <= 18);
  }
}

TEST_CASE("behind the dense polls each wait is the same share of the time that has passed, more with each look back") {
  const std::array<double, 3> most{0.29, 0.35, 0.43};
  for (std::size_t requests = 1; requests <= most.size(); ++requests) {
    for (auto length = 23'500ms; length < 110s; length += 500ms) {
      CAPTURE(requests);
      CAPTURE(length.count());
      const auto seen = watch_many(length, length, looked(static_cast<int>(requests)), jump, 60);
      CHECK(seen.greatest_lag <= most[requests - 1] * static_cast<double>(length.count()) / 1000);
    }
  }
}

TEST_CASE("what scans of another repository took puts the polls where ends are likely") {
  struct Row {
    Duration length;
    double mean_lag;  ///< s; without any hint, but with as many looks: 0.9, 1.1, 1.3, 0.6, 4.8, 6.5, 8.7, 14.6
  };
  for (const auto& row : {Row{5s, 0.55}, Row{10s, 1.0}, Row{15s, 1.2}, Row{20s, 0.65}, Row{30s, 3.8}, Row{45s, 4.8},
                          Row{60s, 5.8}, Row{90s, 7}}) {
    CAPTURE(row.length.count());
    const auto seen = watch_around(row.length, elsewhere(1));
    MESSAGE("scan of ", row.length.count(), " ms: ", seen.mean_lag, " s, without ",
            watch_around(row.length, looked(2)).mean_lag, " s");
    CHECK(seen.mean_lag <= row.mean_lag);
  }
}

TEST_CASE("scans of another repository that are another matter altogether cost a bounded lag") {
  for (auto length = 2'500ms; length < 115s; length += length / 8) {
    for (const double factor : {0.001, 0.05, 0.1, 0.2, 0.4, 3.0, 5.0, 10.0, 100.0, 1e5}) {
      CAPTURE(length.count());
      CAPTURE(factor);
      const auto seen = watch_many(length, length, elsewhere(factor), jump, 60);
      CHECK(seen.greatest_lag <= std::max(2.2, 0.6 * static_cast<double>(length.count()) / 1000));
    }
  }
  // When they take over two minutes, or hardly any time, there is nothing to gain and nothing is lost.
  for (const double factor : {1e-4, 1e5}) {
    for (const auto length : {5s, 20s, 60s}) {
      const auto without = watch_around(length, looked(2));
      CHECK(watch_around(length, elsewhere(factor)).mean_lag <= 1.1 * without.mean_lag);
    }
  }
}

TEST_CASE("over two minutes never more polls than one every 5 s, whatever percentage and history say") {
  std::mt19937 numbers(1);
  for (auto length = 120'001ms; length < 1500s; length += 11'777ms) {
    auto percents = liars(length);
    percents.emplace_back(silent);
    percents.push_back(linear(length));
    for (const auto& percent : percents) {
      std::vector<History> histories{none, looked(1), looked(2), looked(3)};
      for (const double factor : {0.01, 0.5, 0.9, 1.0, 2.0, 10.0}) {
        histories.push_back(share(factor));
        histories.push_back(elsewhere(factor));
      }
      for (const auto& history : histories) {
        const auto seen = watch_late_look(length, numbers, history, [&](Duration now, Duration) { return percent(now); });
        const bool within = seen.polls + seen.looks <= polls_of_fixed(length);
        CAPTURE(length.count());
        CHECK(within);
      }
    }
  }
}

TEST_CASE("any percentages, any history at any time: waits keep their bounds and the polls their number") {
  std::mt19937 numbers(7);
  const auto chance = [&](double low, double high) { return std::uniform_real_distribution<>(low, high)(numbers); };
  const auto duration = [&] { return Duration(static_cast<Duration::rep>(std::exp(chance(0, 17)))); };
  for (int run = 0; run < 2'000; ++run) {
    api::PollPlan plan(100ms, 5s);
    const int habit = static_cast<int>(chance(0, 5));
    double percent = 0;
    int requests = 1;
    Duration now{};
    std::vector<Duration> at{now};
    while (now < 400s) {
      if (chance(0, 1) < 0.05 && requests - static_cast<int>(at.size()) < 3) {
        const auto early = duration();
        const api::Earlier earlier{chance(0, 1) < 0.5 ? std::optional(duration()) : std::nullopt,
                                   chance(0, 1) < 0.5 ? std::optional(api::Span{early, early + duration()}) : std::nullopt};
        plan.learn(earlier, 1);
        ++requests;
      }
      if (habit == 1) percent = chance(-10, 110);
      if (habit == 2) percent = std::min(100.0, percent + chance(0, 3));
      if (habit == 3) percent += chance(0, 1) * 1e300;
      if (habit == 4) percent = chance(0, 1) < 0.1 ? chance(0, 100) : percent + 0.5;
      const auto wait = plan.next(now, percent, chance(0, 1));
      CHECK(wait >= 98ms);
      // Before a foretold end, and until a budget that was used up is there again, it may be long; never for good.
      CHECK(wait <= 130s);
      now += wait;
      at.push_back(now);
      ++requests;
      // A scan that has gone on for longer than two minutes, seen from here.
      if (now > 120s) CHECK(requests <= static_cast<int>(now / 5s) + 1);
    }
  }
}

TEST_CASE("the lag of a scan without any hint stays below two fifths of its length") {
  for (auto length = 2'000ms; length < 1200s; length += 331ms) {
    for (const double random : {0.0, 0.5, 0.999}) {
      const auto seen = watch(length, {.fixed = random}, silent);
      CAPTURE(length.count());
      CHECK(seen.lag <= std::max<Duration>(1'300ms, length * 41 / 100));
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
  plan.learn({10s, {}}, 1);
  CHECK(*plan.eta() == 6s);
  plan.next(11s, 20, 0.5);
  CHECK(!plan.eta());  // overdue: nobody knows

  // Scans of another repository are too far apart for a number that anybody should go by.
  api::PollPlan first(100ms, 5s);
  first.learn({std::nullopt, api::Span{10s, 40s}}, 2);
  first.next(4s, 0, 0.5);
  CHECK(!first.eta());
}

TEST_CASE("the median of earlier scans, not their mean") {
  CHECK(!api::expected_duration({}));
  CHECK(*api::expected_duration({5s}) == 5s);
  CHECK(*api::expected_duration({1s, 900s, 2s}) == 2s);
}

TEST_CASE("the span in which scans of another size end: from half of the shortest tenth to twice the longest") {
  CHECK(!api::likely_span({}));
  const auto one = api::likely_span({8s});
  REQUIRE(one);
  CHECK(one->early == 4s);
  CHECK(one->late == 16s);
  std::vector<Duration> took;
  for (int i = 20; i >= 0; --i) took.push_back(10s + 1s * i);
  took.front() = 3h;  // somebody's queue
  const auto span = api::likely_span(took);
  REQUIRE(span);
  CHECK(span->early == 6s);
  CHECK(span->late == 56s);
}

// KOLEGA_POLL_TABLE=1 unit_tests --test-case='the table of polls*' prints what docs/performance.md shows.
TEST_CASE("the table of polls: lengths of scans, shapes of percentages, histories") {
  const std::vector<std::pair<const char*, PercentOf>> shapes{
      {"jumps at the end", jump},
      {"even", even_percent},
      {"stops half way", [](Duration now, Duration length) { return std::min(50.0, even_percent(now, length)); }},
      {"fast, then slow",
       [](Duration now, Duration length) { return 99 * (1 - std::exp(-even_percent(now, length) / 25)); }}};
  const std::vector<std::pair<const char*, History>> histories{{"none", looked(1)},
                                                               {"none, two looks", looked(2)},
                                                               {"right", share(1)},
                                                               {"a fifth too long", share(1.2)},
                                                               {"half", share(0.5)},
                                                               {"ten times", share(10)},
                                                               {"elsewhere, about right", elsewhere(1)},
                                                               {"elsewhere, a fifth", elsewhere(0.2)},
                                                               {"elsewhere, five times", elsewhere(5)}};
  const bool print = std::getenv("KOLEGA_POLL_TABLE") != nullptr;
  for (const auto& [shape_name, percent] : shapes) {
    for (const auto& [history_name, history] : histories) {
      std::string row = "| " + std::string(shape_name) + " | " + history_name;
      for (const auto length : {100ms, 1'000ms, 5'000ms, 10'000ms, 20'000ms, 30'000ms, 45'000ms, 60'000ms, 90'000ms,
                                300'000ms, 7'200'000ms}) {
        // Scans up to a tenth shorter or longer, but the shares of the history stay what they are.
        const auto longest = length * 11 / 10;
        const auto seen = watch_many(length * 9 / 10, longest, history, percent, print ? 300 : 60);
        CAPTURE(row);
        CAPTURE(length.count());
        const double most = std::string(history_name).starts_with("elsewhere") ? 0.45 : 0.35;
        CHECK(seen.mean_lag <= std::max(0.3, static_cast<double>(length.count()) / 1000 * most));
        if (length > 130s) {
          CHECK(seen.mean_polls + 1 <= polls_of_fixed(longest));
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
