// How far a text can be copied as it is, before a byte that an escaper must look at.
// Not for: what becomes of that byte (text.hpp, json_writer.hpp, report/escape.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>

#include <bit>
#include <utility>
#endif

namespace kolega {

/// The bytes that must be looked at: all but printable ASCII, and some of that.
struct SpecialBytes {
  std::array<unsigned char, 256> table{};  ///< 1 for such a byte
  std::array<char, 6> listed{};            ///< the printable ones again
  std::size_t count{};                     ///< how many those are
};

/// Everything but printable ASCII, and of that the characters of `also`: six at most.
constexpr SpecialBytes special_bytes(std::string_view also) {
  SpecialBytes out{};
  for (std::size_t c = 0; c < out.table.size(); ++c) out.table[c] = c < 0x20 || c > 0x7E ? 1 : 0;
  for (const char c : also) {
    out.table[static_cast<unsigned char>(c)] = 1;
    out.listed.at(out.count++) = c;
  }
  return out;
}

/// The length of the longest beginning without a byte that `table` marks.
inline std::size_t clean_run(std::string_view text, const std::array<unsigned char, 256>& table) {
  const auto at = [&](std::size_t i) { return table[static_cast<unsigned char>(text[i])]; };
  std::size_t run = 0;
  while (run + 8 <= text.size() && (at(run) | at(run + 1) | at(run + 2) | at(run + 3) | at(run + 4) |
                                    at(run + 5) | at(run + 6) | at(run + 7)) == 0) {
    run += 8;
  }
  while (run < text.size() && at(run) == 0) ++run;
  return run;
}

#if defined(__SSE2__)

/// A bit for each of sixteen bytes that is special. Bytes over 0x7F are negative here, so less than a space.
template <const SpecialBytes& special, std::size_t... i>
[[gnu::always_inline]] inline unsigned special_of(const char* at, std::index_sequence<i...>) {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto marks = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
  return static_cast<unsigned>(_mm_movemask_epi8((marks | ... | _mm_cmpeq_epi8(bytes, _mm_set1_epi8(special.listed[i])))));
}

/// The length of the longest beginning without a special byte.
template <const SpecialBytes& special>
std::size_t clean_run(std::string_view text) {
  constexpr std::size_t width = 16;
  constexpr auto listed = std::make_index_sequence<special.count>();
  if (text.size() < width) return clean_run(text, special.table);
  std::size_t run = 0;
  for (; run + width <= text.size(); run += width) {
    if (const auto marks = special_of<special>(text.data() + run, listed); marks != 0) {
      return run + static_cast<std::size_t>(std::countr_zero(marks));
    }
  }
  // The rest as the end of the last sixteen bytes; those of them that were looked at are clean.
  const auto last = text.size() - width;
  const auto marks = special_of<special>(text.data() + last, listed);
  return marks == 0 ? text.size() : last + static_cast<std::size_t>(std::countr_zero(marks));
}

#else

template <const SpecialBytes& special>
std::size_t clean_run(std::string_view text) {
  return clean_run(text, special.table);
}

#endif

}  // namespace kolega
