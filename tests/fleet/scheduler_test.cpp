#include "fleet/scheduler.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "api/poll_plan.hpp"
#include "fleet/look_plan.hpp"
#include "fleet/rate_limiter.hpp"

using namespace kolega;
using namespace kolega::fleet;
using sys::SteadyTime;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime start = SteadyTime{} + std::chrono::hours(5);

/// A server with a token bucket and scans of 2 to 6 s, and a fleet that asks it, on a clock of its own.
class Simulation {
 public:
  Simulation(std::size_t repositories, double rate, double burst)
      : rate_(rate), burst_(burst), tokens_(burst), repositories_(repositories) {
    for (std::size_t i = 0; i < repositories; ++i) scheduler.add({i, StepKind::start, start});
    for (auto& one : repositories_) one.length = between(2.0, 6.1);
  }

  /// Seconds until everything was read.
  double run() {
    while (read_ < repositories_.size()) {
      while (send_next()) {
      }
      advance();
    }
    return seconds(now_ - start);
  }

  Scheduler scheduler{};
  RateLimiter limiter{64};
  std::size_t posts{};
  std::size_t polls{};
  std::size_t twice{};
  Duration largest_lag{};
  double sum_of_lags{};                    ///< s
  LookPlan looks{};

 private:
  struct One {
    double length{};
    std::optional<SteadyTime> begun{};
    std::optional<api::PollPlan> plan{};
    std::optional<Look> look{};
    bool read{};
  };
  struct Answer {
    Step step{};
    SteadyTime sent{};
    bool refused{};
  };

  double between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(chance_); }
  static double seconds(SteadyTime::duration time) { return std::chrono::duration<double>(time).count(); }

  Load load() const { return {repositories_.size() - read_, scheduler.waiting(StepKind::poll), limiter.rate()}; }

  bool send_next() {
    const auto when = limiter.permitted(now_);
    if (!when || *when > now_) return false;
    const auto step = scheduler.take(now_, looks.starts(load()));
    if (!step) return false;
    if (step->kind == StepKind::poll && looks.place(*repositories_[step->repository].look, load()) > now_) {
      add_look(step->repository);
      return true;
    }
    limiter.sent(now_);
    tokens_ = std::min(burst_, tokens_ + seconds(now_ - filled_) * rate_);
    filled_ = now_;
    const bool refused = tokens_ < 1;
    if (!refused) tokens_ -= 1;
    const auto latency = std::chrono::microseconds(static_cast<int>(between(20'000, 30'000)));
    answers_.emplace(now_ + latency, Answer{*step, now_, refused});
    return true;
  }

  void advance() {
    auto next = SteadyTime::max();
    if (!answers_.empty()) next = answers_.begin()->first;
    if (const auto due = scheduler.next_due()) {
      if (const auto when = limiter.permitted(std::max(now_, *due))) next = std::min(next, *when);
    }
    REQUIRE(next != SteadyTime::max());
    REQUIRE(next >= now_);
    now_ = next;
    while (!answers_.empty() && answers_.begin()->first <= now_) {
      const auto answer = answers_.begin()->second;
      answers_.erase(answers_.begin());
      take(answer);
    }
  }

  void take(const Answer& answer) {
    RateWord word;
    word.limited = answer.refused;
    if (answer.refused) word.asked = std::chrono::seconds(1);
    limiter.answered(answer.sent, now_, word);
    if (answer.refused) return scheduler.add({answer.step.repository, answer.step.kind, now_});
    auto& one = repositories_[answer.step.repository];
    switch (answer.step.kind) {
      case StepKind::start:
        ++posts;
        twice += one.begun ? 1 : 0;
        one.begun = now_;
        one.plan.emplace(Duration{100}, Duration{5000});
        one.look = Look{ScanType::semgrep_scan, now_, now_, {}, posts <= LookPlan::scouts};
        return poll_later(answer.step.repository);
      case StepKind::scout:
      case StepKind::poll: {
        ++polls;
        const auto lag = now_ - *one.begun - std::chrono::duration<double>(one.length);
        if (lag.count() < 0) return poll_later(answer.step.repository);
        looks.ended(ScanType::semgrep_scan, Duration{static_cast<Duration::rep>(one.length * 1000)});
        sum_of_lags += seconds(std::chrono::duration_cast<Duration>(lag));
        largest_lag = std::max(largest_lag, std::chrono::duration_cast<Duration>(lag));
        return scheduler.add({answer.step.repository, StepKind::read, now_});
      }
      case StepKind::read:
        twice += one.read ? 1 : 0;
        one.read = true;
        ++read_;
    }
  }

  void poll_later(std::size_t index) {
    auto& one = repositories_[index];
    const auto elapsed = std::chrono::duration_cast<Duration>(now_ - *one.begun);
    one.look->last = now_;
    one.look->planned = one.plan->next(elapsed, 0, between(0, 1));
    add_look(index);
  }

  void add_look(std::size_t index) {
    const auto& look = *repositories_[index].look;
    const auto due = std::min<SteadyTime>(looks.place(look, load()), now_ + std::chrono::seconds(5));
    scheduler.add({index, look.scout && !looks.knows(look.type) ? StepKind::scout : StepKind::poll, due});
  }

  double rate_;
  double burst_;
  double tokens_;
  SteadyTime filled_{start};
  SteadyTime now_{start};
  std::vector<One> repositories_;
  std::multimap<SteadyTime, Answer> answers_;
  std::size_t read_{};
  std::mt19937 chance_{7};
};

}  // namespace

TEST_CASE("reads before starts before polls, and first due first among equals") {
  Scheduler scheduler;
  scheduler.add({1, StepKind::poll, start});
  scheduler.add({2, StepKind::start, start});
  scheduler.add({3, StepKind::start, start - Duration{1}});
  scheduler.add({4, StepKind::read, start});
  scheduler.add({5, StepKind::read, start + Duration{1}});
  CHECK(scheduler.next_due() == start - Duration{1});
  std::vector<std::size_t> order;
  while (const auto step = scheduler.take(start)) order.push_back(step->repository);
  CHECK(order == std::vector<std::size_t>{4, 3, 2, 1});
  CHECK_FALSE(scheduler.take(start));
  CHECK(scheduler.take(start + Duration{1})->repository == 5);
  CHECK(scheduler.empty());
}

TEST_CASE("a poll that has waited long takes turns with starts") {
  Scheduler scheduler(Duration{1000});
  for (std::size_t i = 0; i < 4; ++i) scheduler.add({i, StepKind::start, start});
  for (std::size_t i = 10; i < 14; ++i) scheduler.add({i, StepKind::poll, start});
  std::vector<std::size_t> order;
  for (int i = 0; i < 6; ++i) order.push_back(scheduler.take(start + Duration{1000})->repository);
  CHECK(order == std::vector<std::size_t>{10, 0, 11, 1, 12, 2});
}

TEST_CASE("starts have their share, and all of it where nothing else is due") {
  for (const auto& [starts, others] : {std::pair{Starts::third, 2}, {Starts::fifth, 4}}) {
    Scheduler scheduler;
    for (std::size_t i = 0; i < 10; ++i) scheduler.add({i, StepKind::start, start});
    for (std::size_t i = 10; i < 20; ++i) scheduler.add({i, i % 2 == 0 ? StepKind::poll : StepKind::read, start});
    std::string order;
    while (const auto step = scheduler.take(start, starts)) order += step->kind == StepKind::start ? 's' : '.';
    CHECK(order.substr(0, 10) == (others == 2 ? "..s..s..s." : "....s....s"));
    CHECK(order.ends_with("sssss"));
    CHECK(order.size() == 20);
  }
}

TEST_CASE("two thousand repositories at 200 requests a second") {
  Simulation fleet(2000, 200, 400);
  const auto took = fleet.run();
  const double floor = (3.0 * 2000 - 400) / 200;
  const auto refused = static_cast<double>(fleet.limiter.refused());
  MESSAGE("took ", took, " s of ", floor, ", mean lag ", fleet.sum_of_lags / static_cast<double>(fleet.posts), " s, ", fleet.polls, " polls, ",
          fleet.limiter.refused(), " of ",
          fleet.limiter.requests(), " refused, rate ", fleet.limiter.rate().value_or(0));
  CHECK(fleet.posts == 2000);
  CHECK(fleet.twice == 0);
  CHECK(took <= 1.15 * floor);
  CHECK(refused <= 0.01 * static_cast<double>(fleet.limiter.requests()));
}

TEST_CASE("ten thousand") {
  Simulation fleet(10'000, 200, 400);
  const auto took = fleet.run();
  const double floor = (3.0 * 10'000 - 400) / 200;
  MESSAGE("took ", took, " s of ", floor, ", mean lag ", fleet.sum_of_lags / static_cast<double>(fleet.posts), " s, ", fleet.polls, " polls, ",
          fleet.limiter.refused(), " of ",
          fleet.limiter.requests(), " refused");
  CHECK(fleet.posts == 10'000);
  CHECK(fleet.twice == 0);
  CHECK(took <= 1.15 * floor);
  CHECK(static_cast<double>(fleet.limiter.refused()) <= 0.01 * static_cast<double>(fleet.limiter.requests()));
}

TEST_CASE("two hundred, where the longest scan is the floor") {
  Simulation fleet(200, 200, 400);
  const auto took = fleet.run();
  MESSAGE("took ", took, " s, ", fleet.polls, " polls, ", fleet.limiter.refused(), " of ",
          fleet.limiter.requests(), " refused, largest lag ", fleet.largest_lag.count(), " ms");
  CHECK(fleet.posts == 200);
  CHECK(took <= 1.2 * 6.1);
}

TEST_CASE("a server that permits little is not hammered") {
  Simulation fleet(60, 5, 10);
  const auto took = fleet.run();
  MESSAGE("took ", took, " s, ", fleet.polls, " polls, ", fleet.limiter.refused(), " of ",
          fleet.limiter.requests(), " refused");
  CHECK(fleet.twice == 0);
  CHECK(took <= 1.3 * (3.0 * 60 - 10) / 5);
  CHECK(fleet.limiter.refused() <= 25);
}
