#include "fleet/rate_limiter.hpp"

#include <doctest/doctest.h>

using namespace kolega;
using namespace kolega::fleet;
using sys::SteadyTime;

namespace {

constexpr SteadyTime start = SteadyTime{} + std::chrono::hours(5);

RateWord refusal(std::optional<Duration> asked) {
  RateWord word;
  word.limited = true;
  word.asked = asked;
  return word;
}

/// One request and its answer at once.
void exchange(RateLimiter& limiter, SteadyTime now, const RateWord& word = {}) {
  limiter.sent(now);
  limiter.answered(now, now, word);
}

}  // namespace

TEST_CASE("a few at first, more with each answer, never more than the connections") {
  RateLimiter limiter(8);
  int sent = 0;
  while (limiter.permitted(start)) {
    limiter.sent(start);
    ++sent;
  }
  CHECK(sent == 4);
  for (int i = 0; i < 40; ++i) {
    limiter.answered(start, start, {});
    while (limiter.permitted(start)) limiter.sent(start);
  }
  for (sent = 0; limiter.requests() < 1000 && sent < 8; ++sent) limiter.unanswered(false);
  CHECK(limiter.permitted(start) == start);
  int more = 0;
  for (; limiter.permitted(start); ++more) limiter.sent(start);
  CHECK(more == 8);
}

TEST_CASE("a refusal stops everything for as long as the server asks") {
  RateLimiter limiter(64);
  for (int i = 0; i < 20; ++i) exchange(limiter, start);
  exchange(limiter, start, refusal(std::chrono::seconds(7)));
  CHECK(limiter.permitted(start) == start + std::chrono::seconds(7));
  CHECK(limiter.permitted(start + std::chrono::seconds(8)) == start + std::chrono::seconds(8));
  CHECK(limiter.refused() == 1);
  RateLimiter silent(64);
  exchange(silent, start, refusal({}));
  CHECK(silent.permitted(start) == start + std::chrono::seconds(1));
  RateLimiter absurd(64);
  exchange(absurd, start, refusal(Duration::max()));
  CHECK(*absurd.permitted(start) > start + std::chrono::hours(1000));
}

TEST_CASE("of many refusals at once only the first says something new") {
  RateLimiter limiter(64);
  for (int i = 0; i < 20; ++i) exchange(limiter, start);
  for (int i = 0; i < 10; ++i) limiter.sent(start);
  for (int i = 0; i < 10; ++i) limiter.answered(start, start + Duration{i}, refusal(std::chrono::seconds(1)));
  CHECK(limiter.refused() == 10);
  CHECK_FALSE(limiter.rate());
  CHECK(limiter.paused_until() == start + Duration{1009});
}

TEST_CASE("between two refusals the rate is measured, pause included") {
  RateLimiter limiter(64);
  exchange(limiter, start);
  exchange(limiter, start, refusal(std::chrono::seconds(1)));
  // 100 are taken in the two seconds from the refusal on: 50 a second.
  auto now = start + std::chrono::seconds(1);
  for (int i = 0; i < 100; ++i) exchange(limiter, now += Duration{10});
  exchange(limiter, now, refusal(std::chrono::seconds(1)));
  REQUIRE(limiter.rate());
  CHECK(*limiter.rate() == doctest::Approx(50 * 0.97).epsilon(0.01));
}

TEST_CASE("what a handful of requests taught does not last") {
  RateLimiter limiter(64);
  auto now = start;
  exchange(limiter, now);
  exchange(limiter, now, refusal(std::chrono::seconds(1)));
  exchange(limiter, now += std::chrono::seconds(2));
  exchange(limiter, now += std::chrono::seconds(2), refusal(std::chrono::seconds(1)));
  REQUIRE(limiter.rate());
  CHECK(*limiter.rate() < 0.5);
  int sent = 0;
  for (; sent < 60; ++sent) exchange(limiter, now = *limiter.permitted(now));
  CHECK(now - start < std::chrono::seconds(40));
}

TEST_CASE("a server that goes on refusing is asked less and less") {
  RateLimiter limiter(64);
  auto now = start;
  std::vector<Duration> pauses;
  for (int i = 0; i < 9; ++i) {
    exchange(limiter, now, refusal({}));
    const auto next = *limiter.permitted(now);
    pauses.push_back(std::chrono::duration_cast<Duration>(next - now));
    now = next + Duration{1};
  }
  CHECK(pauses.front() == std::chrono::seconds(1));
  CHECK(pauses[3] == std::chrono::seconds(8));
  CHECK(pauses.back() == std::chrono::seconds(60));
}

TEST_CASE("what the headers leave is not overdrawn") {
  RateLimiter limiter(64);
  RateWord word;
  word.remaining = 2;
  word.resets_in = std::chrono::seconds(30);
  exchange(limiter, start, word);
  limiter.sent(start);
  limiter.sent(start);
  CHECK(limiter.permitted(start) == start + std::chrono::seconds(30));
  CHECK(limiter.refused() == 0);
}

namespace {

RateWord grant(double remaining, Duration resets_in) {
  RateWord word;
  word.remaining = remaining;
  word.resets_in = resets_in;
  return word;
}

}  // namespace

TEST_CASE("answers that overtake one another grant nothing twice") {
  RateLimiter limiter(64);
  for (int i = 0; i < 4; ++i) limiter.sent(start);
  for (const int left : {6, 9, 8, 7}) limiter.answered(start, start + Duration{20}, grant(left, std::chrono::seconds(2)));
  int sent = 0;
  for (; limiter.permitted(start + Duration{30}) == start + Duration{30}; ++sent) exchange(limiter, start + Duration{30});
  CHECK(sent == 3);  // 6 less those three that were still on their way when it was told
}

TEST_CASE("when a window has ended one request asks what the next one grants") {
  RateLimiter limiter(64);
  exchange(limiter, start, grant(0, std::chrono::seconds(2)));
  const auto later = start + std::chrono::seconds(3);
  CHECK(limiter.permitted(start) == start + std::chrono::seconds(2));
  REQUIRE(limiter.permitted(later) == later);
  limiter.sent(later);
  CHECK_FALSE(limiter.permitted(later));
  limiter.answered(later, later, grant(9, std::chrono::seconds(2)));
  int sent = 0;
  for (; limiter.permitted(later) == later; ++sent) exchange(limiter, later);
  CHECK(sent == 9);
  // A server that tells no more holds nothing up.
  const auto much_later = later + std::chrono::seconds(3);
  exchange(limiter, much_later);
  for (int i = 0; i < 3; ++i) limiter.sent(much_later);
  CHECK(limiter.permitted(much_later) == much_later);
}

TEST_CASE("what was never sent is given back") {
  RateLimiter limiter(1);
  limiter.sent(start);
  CHECK_FALSE(limiter.permitted(start));
  limiter.unanswered(true);
  CHECK(limiter.permitted(start) == start);
  CHECK(limiter.requests() == 0);
}
