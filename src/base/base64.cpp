#include "base/error.hpp"
#include "base/signature.hpp"

namespace kolega {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of a character of either alphabet (RFC 4648, sections 4 and 5), or -1.
int value_of(char c) {
  if (c == '-') return 62;
  if (c == '_') return 63;
  const auto at = alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += alphabet[group >> 18];
    out += alphabet[group >> 12 & 63];
    out += i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
  }
  return out;
}

std::string base64_decode(std::string_view text, const std::string& what) {
  const auto fail = [&](const char* why) { throw Error(ErrorKind::input, what + ": not base64: " + why); };
  if (text.size() % 4 != 0) fail("its length is no multiple of four (padding is required)");
  const bool standard = text.find_first_of("+/") != std::string_view::npos;
  if (standard && text.find_first_of("-_") != std::string_view::npos) fail("it mixes two alphabets");
  auto digits = text;
  for (int i = 0; i < 2 && digits.ends_with('='); ++i) digits.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  unsigned group = 0;
  int bits = 0;
  for (const char c : digits) {
    const int value = value_of(c);
    if (value < 0) fail("a character outside the alphabet");
    group = (group << 6 | static_cast<unsigned>(value)) & 0xFFFFFFU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xFFU);
  }
  // One text for one value: what is left over must be zero.
  if ((group & ((1U << bits) - 1)) != 0) fail("bits are set behind the last byte");
  return out;
}

}  // namespace kolega
