#include "base/quick_hash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace kolega;

TEST_CASE("every byte of a text counts, whatever its length, and nothing around it") {
  for (std::size_t size = 1; size < 80; ++size) {
    const std::string text(size, 'x');
    CHECK(quick_hash(text) == quick_hash(std::string_view("a" + text + "b").substr(1, size)));
    std::set<std::size_t> hashes{quick_hash(text)};
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'y', '\x80', '\0'}) {
        auto other = text;
        other[at] = c;
        hashes.insert(quick_hash(other));
      }
    }
    CHECK(hashes.size() == 1 + 3 * size);
  }
  CHECK(quick_hash("") == quick_hash(std::string_view{}));
}

TEST_CASE("texts that differ little are spread over the low bits, which tables take") {
  constexpr std::size_t slots = 4096;
  for (const std::string_view tail : {"", "0", "/src/main.c", " is used without a check of its length, in a call that can fail"}) {
    std::set<std::size_t> used;
    for (std::size_t i = 0; i < slots; ++i) used.insert(quick_hash("CVE-2026-" + std::to_string(i) + std::string(tail)) % slots);
    CHECK(used.size() > slots * 6 / 10);  // 63 % by chance
  }
}
