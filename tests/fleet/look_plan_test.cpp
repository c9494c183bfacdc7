#include "fleet/look_plan.hpp"

#include <doctest/doctest.h>

using namespace kolega;
using namespace kolega::fleet;
using namespace std::chrono_literals;
using sys::SteadyTime;

namespace {

constexpr auto type = ScanType::semgrep_scan;
constexpr SteadyTime start = SteadyTime{} + std::chrono::hours(5);

/// Scans of 2 to 6 s have ended.
LookPlan taught(int count = 101) {
  LookPlan plan;
  for (int i = 0; i < count; ++i) plan.ended(type, 2000ms + i * 4000ms / (count - 1));
  return plan;
}

/// The wait for the next look at a scan that began `age` ago and was looked at last `since` ago.
Duration wait(const LookPlan& plan, const Load& load, Duration age = {}, Duration planned = 250ms, bool scout = false) {
  const Look look{type, start - age, start, planned, scout};
  return std::chrono::duration_cast<Duration>(plan.place(look, load) - start);
}

}  // namespace

TEST_CASE("nothing known: scouts as a run would, others as many as half of the rate allows, old ones as planned") {
  const LookPlan plan;
  CHECK(wait(plan, {1000, 1000, {}}, {}, 250ms, true) == 250ms);
  CHECK(wait(plan, {1000, 1000, 5.0}, {}, 250ms, true) == 9600ms);
  CHECK(wait(plan, {1000, 1000, {}}) == 1200ms);
  CHECK(wait(plan, {50, 50, {}}) == 500ms);
  CHECK(wait(plan, {1, 1, {}}) == 200ms);
  CHECK(wait(plan, {50, 50, 1000.0}) == 250ms - 50ms);
  CHECK(wait(plan, {1, 1, {}}, 30s, 5s) == 5s);
  CHECK(wait(plan, {2000, 2000, 200.0}, 30s, 5s) == 20s);
  CHECK_FALSE(plan.knows(type));
}

TEST_CASE("eleven of twelve scouts are enough, and other types stay unknown") {
  LookPlan plan;
  for (std::size_t i = 1; i < LookPlan::scouts; ++i) {
    CHECK_FALSE(plan.knows(type));
    plan.ended(type, 3s);
  }
  CHECK(plan.knows(type));
  CHECK_FALSE(plan.knows(ScanType::deep_ai_scan));
}

TEST_CASE("while the rate is scarce a scan is looked at when it has ended almost surely") {
  const auto plan = taught();
  const auto late = wait(plan, {2000, 400, 200.0});
  CHECK(late > 5900ms);
  CHECK(late < 6600ms);
  CHECK(wait(plan, {2000, 400, 200.0}, 2s) == late - 2s);
}

TEST_CASE("where the rate leaves room, looks share it, none before any scan has ended") {
  const auto plan = taught();
  CHECK(wait(plan, {20, 20, 200.0}) > 1700ms);
  CHECK(wait(plan, {20, 20, 200.0}) < 2100ms);
  CHECK(wait(plan, {20, 20, 200.0}, 3s) == 200ms);
  CHECK(wait(plan, {200, 200, 200.0}, 3s) == 2000ms);
  CHECK(wait(plan, {500, 500, 200.0}) > 4900ms);  // five seconds are its share, and then most have ended
}

TEST_CASE("one that is overdue is looked at more and more rarely") {
  const auto plan = taught();
  CHECK(wait(plan, {1, 1, 200.0}, 8s) == 200ms);
  CHECK(wait(plan, {400, 400, 200.0}, 8s) == 1200ms);
  CHECK(wait(plan, {2000, 2000, 200.0}, 80s) == 10s);
  CHECK(wait(plan, {1, 1, 200.0}, 200s, 5s) == 5s);
}

TEST_CASE("starts come first while nothing is known, and at the end; before that they have a share") {
  CHECK(LookPlan().starts({2000, 0, 200.0}) == Starts::first);
  const auto plan = taught();
  CHECK(plan.starts({2000, 0, {}}) == Starts::first);
  CHECK(plan.starts({2000, 400, 200.0}) == Starts::third);
  CHECK(plan.starts({2000, 1000, 200.0}) == Starts::fifth);
  CHECK(plan.starts({600, 590, 200.0}) == Starts::first);
  LookPlan slow;
  for (int i = 0; i < 20; ++i) slow.ended(type, 10min);
  CHECK(slow.starts({10'000, 0, 200.0}) == Starts::first);
}

TEST_CASE("what scans take is learnt anew when it changes") {
  auto plan = taught();
  for (int i = 0; i < 600; ++i) plan.ended(type, 500ms);
  CHECK(wait(plan, {2000, 400, 200.0}) < 700ms);
}
