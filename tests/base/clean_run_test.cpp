#include "base/clean_run.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kolega;

TEST_CASE("a clean run ends at the first special byte, wherever it stands") {
  constexpr auto special = special_bytes("<#");
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string clean(length, 'a');
    CHECK(clean_run(clean, special) == length);
    for (const char bad : {'<', '#', '\0', '\n', '\x1F', '\x7F', '\x80', '\xFF'}) {
      CHECK(clean_run(clean + bad + "tail of the text", special) == length);
    }
    for (const char good : {' ', '~', '>', '"'}) CHECK(clean_run(clean + good, special) == length + 1);
  }
}
