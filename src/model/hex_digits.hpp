// The bytes that a text's hexadecimal digits make, as fingerprints are kept. Private to model/text_pool.cpp.
// Not for: digests that are written (base/digest.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kolega {

/// Sixteen for what is no digit. Capitals are none: they could not be told from the others afterwards.
inline constexpr std::array<std::uint8_t, 256> hex_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(16);
  for (std::uint8_t i = 0; i < 16; ++i) values[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
  return values;
}();

#if defined(__SSE2__)

/// Eight bytes of sixteen digits; false when one of these is none. Bytes over 0x7F are negative here, so less than '0'.
inline bool read_sixteen_digits(const char* digits, char* bytes) {
  const auto text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(digits));
  const auto between = [&](char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmplt_epi8(text, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  const auto letters = between('a', 'f');
  if (_mm_movemask_epi8(_mm_or_si128(letters, between('0', '9'))) != 0xFFFF) return false;
  // 'a' is 0x61: its low half and nine are ten.
  const auto values = _mm_add_epi8(_mm_and_si128(text, _mm_set1_epi8(0x0F)), _mm_and_si128(letters, _mm_set1_epi8(9)));
  const auto pairs = _mm_or_si128(_mm_slli_epi16(values, 4), _mm_srli_epi16(values, 8));
  const auto low_bytes = _mm_and_si128(pairs, _mm_set1_epi16(0xFF));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(bytes), _mm_packus_epi16(low_bytes, low_bytes));
  return true;
}

#endif

/// Fills `bytes` with what the digits make which the text begins with: how many bytes that are.
inline std::size_t read_hex_digits(std::string_view text, std::span<char> bytes) {
  const auto most = std::min(text.size() / 2, bytes.size());
  std::size_t count = 0;
#if defined(__SSE2__)
  while (count + 8 <= most && read_sixteen_digits(text.data() + 2 * count, bytes.data() + count)) count += 8;
#endif
  for (; count < most; ++count) {
    const auto high = hex_values[static_cast<unsigned char>(text[2 * count])];
    const auto low = hex_values[static_cast<unsigned char>(text[2 * count + 1])];
    if ((high | low) > 0xF) break;
    bytes[count] = static_cast<char>(high << 4U | low);
  }
  return count;
}

}  // namespace kolega
