#include "base/clean_run.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kolega;

TEST_CASE("a clean run ends at the first special byte, wherever it stands") {
  static constexpr auto special = special_bytes("<#");
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string clean(length, 'a');
    CHECK(clean_run<special>(clean) == length);
    CHECK(clean_run(clean, special.table) == length);
    for (const char bad : {'<', '#', '\0', '\n', '\x1F', '\x7F', '\x80', '\xFF'}) {
      for (const auto* tail : {"", "tail", "<", "a tail that is longer than what is looked at in one step"}) {
        CHECK(clean_run<special>(clean + bad + tail) == length);
        CHECK(clean_run(clean + bad + tail, special.table) == length);
      }
    }
    for (const char good : {' ', '~', '>', '"'}) CHECK(clean_run<special>(clean + good) == length + 1);
  }
}

namespace {

constexpr auto nothing_more = special_bytes("");
constexpr auto of_json = special_bytes("\"\\#");
constexpr auto of_xml = special_bytes("&<>\"'#");

template <const SpecialBytes& special>
void check_every_byte(std::string_view also) {
  for (int c = 0; c < 256; ++c) {
    const auto byte = static_cast<char>(c);
    const bool clean = c >= 0x20 && c <= 0x7E && also.find(byte) == std::string_view::npos;
    for (const std::size_t before : {0, 3, 15, 16, 20, 31}) {
      const auto text = std::string(before, 'a') + byte;
      CHECK(clean_run<special>(text) == before + (clean ? 1 : 0));
      CHECK(clean_run(text, special.table) == before + (clean ? 1 : 0));
    }
  }
}

}  // namespace

TEST_CASE("every byte is special for a text of any length, or for none") {
  check_every_byte<nothing_more>("");
  check_every_byte<of_json>("\"\\#");
  check_every_byte<of_xml>("&<>\"'#");
}
