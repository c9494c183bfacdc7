#include "model/repeats.hpp"

#include <doctest/doctest.h>

#include <random>
#include <unordered_map>

using namespace kolega;

TEST_CASE("every hash that came twice is named, and few that came once") {
  std::mt19937 random(3);
  for (const std::size_t count : {0, 1, 2, 5, 1000, 50'000}) {
    CAPTURE(count);
    std::unordered_map<std::uint32_t, int> times;
    Repeats repeats(count);
    for (std::size_t i = 0; i < count; ++i) {
      const bool again = !times.empty() && i % 10 == 0;
      const auto hash = again ? times.begin()->first : static_cast<std::uint32_t>(random());
      ++times[hash];
      repeats.add(hash);
    }
    std::size_t mistaken = 0;
    for (const auto& [hash, came] : times) {
      if (came > 1) {
        REQUIRE(repeats.may_repeat(hash));
      } else {
        mistaken += repeats.may_repeat(hash) ? 1 : 0;
      }
    }
    CHECK(mistaken <= 2 + count / 10);
  }
}

TEST_CASE("a hash may come any number of times, and its neighbours stay what they are") {
  Repeats repeats(8);
  for (int i = 0; i < 1000; ++i) repeats.add(5);
  CHECK(repeats.may_repeat(5));
  for (const std::uint32_t neighbour : {4U, 6U, 7U, 0U, 9U}) CHECK_FALSE(repeats.may_repeat(neighbour));
}

TEST_CASE("hashes that differ beyond the table's size share a slot") {
  Repeats repeats(4);
  repeats.add(1);
  repeats.add(0xFFFF0001);
  CHECK(repeats.may_repeat(1));
}
