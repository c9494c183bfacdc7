#include "fleet/rate_headers.hpp"

#include <doctest/doctest.h>

using namespace kolega;
using namespace kolega::fleet;

namespace {

constexpr Instant now{std::chrono::seconds(1'800'000'000)};

RateWord word(int status, net::Headers headers) {
  return read_rate_word({status, std::move(headers), {}}, now);
}

}  // namespace

TEST_CASE("429, and 503 that names a wait, are refusals") {
  CHECK(word(429, {}).limited);
  CHECK(word(429, {{"Retry-After", "3"}}).asked == std::chrono::seconds(3));
  CHECK(word(503, {{"Retry-After", "3"}}).limited);
  CHECK_FALSE(word(503, {}).limited);
  CHECK_FALSE(word(200, {{"Retry-After", "3"}}).limited);
}

TEST_CASE("all spellings of what is left") {
  const std::vector<net::Headers> spellings{
      {{"X-RateLimit-Remaining", "5"}, {"X-RateLimit-Reset", "7"}},
      {{"x-ratelimit-remaining", "5"}, {"x-ratelimit-reset", "1800000007"}},
      {{"RateLimit-Remaining", "5"}, {"RateLimit-Reset", "7"}},
      {{"RateLimit", "limit=100, remaining=5, reset=7"}},
      {{"RateLimit", "\"default\";r=5;t=7"}},
  };
  for (const auto& headers : spellings) {
    INFO(headers.front().first, ": ", headers.front().second);
    const auto read = word(200, headers);
    CHECK(read.remaining == 5.0);
    CHECK(read.resets_in == std::chrono::seconds(7));
  }
}

TEST_CASE("nonsense is as if it were not there") {
  const std::vector<net::Headers> nonsense{
      {{"X-RateLimit-Remaining", "-5"}, {"X-RateLimit-Reset", "7"}},
      {{"X-RateLimit-Remaining", "many"}, {"X-RateLimit-Reset", "7"}},
      {{"X-RateLimit-Remaining", "nan"}, {"X-RateLimit-Reset", "7"}},
      {{"X-RateLimit-Remaining", "5"}},
      {{"X-RateLimit-Reset", "7"}},
      {{"RateLimit", "r"}},
      {{"RateLimit", ""}},
  };
  for (const auto& headers : nonsense) CHECK(word(200, headers) == RateWord{});
  CHECK_FALSE(word(200, {{"X-RateLimit-Remaining", "5"}, {"X-RateLimit-Reset", "1e300"}}).resets_in);
}
