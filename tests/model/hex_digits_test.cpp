#include "model/hex_digits.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kolega;

TEST_CASE("digits are read up to the first byte that is none, wherever and whatever that is") {
  const std::string digits = "0123456789abcdeffedcba9876543210a0";
  std::array<char, 20> bytes{};
  REQUIRE(read_hex_digits(digits, bytes) == digits.size() / 2);
  for (std::size_t i = 0; i < digits.size() / 2; ++i)
    CHECK(static_cast<unsigned char>(bytes[i]) == std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  for (std::size_t at = 0; at < digits.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      auto text = digits;
      text[at] = static_cast<char>(c);
      const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      const auto count = read_hex_digits(text, bytes);
      if (count != (is_digit ? digits.size() / 2 : at / 2)) FAIL(c << " at " << at << ": " << count);
      for (std::size_t i = 0; i < count; ++i) {
        const auto value = std::stoul(text.substr(2 * i, 2), nullptr, 16);
        if (static_cast<unsigned char>(bytes[i]) != value) FAIL(c << " at " << at << ": byte " << i);
      }
    }
  }
}

TEST_CASE("no more bytes are written than there is room for, and half a pair is left") {
  std::array<char, 9> bytes{};
  bytes.fill('-');
  CHECK(read_hex_digits(std::string(64, 'a'), std::span(bytes).first(8)) == 8);
  CHECK(bytes.back() == '-');
  CHECK(read_hex_digits("abc", bytes) == 1);
  CHECK(read_hex_digits("a", bytes) == 0);
  CHECK(read_hex_digits("", bytes) == 0);
}
