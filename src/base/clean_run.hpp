// How far a text can be copied as it is, before a byte that an escaper must look at.
// Not for: what becomes of that byte (text.hpp, json_writer.hpp, report/escape.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace kolega {

/// 1 for a byte that must be looked at.
using SpecialBytes = std::array<unsigned char, 256>;

/// Everything but printable ASCII, and of that the characters of `also`.
constexpr SpecialBytes special_bytes(std::string_view also) {
  SpecialBytes table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = c < 0x20 || c > 0x7E ? 1 : 0;
  for (const char c : also) table[static_cast<unsigned char>(c)] = 1;
  return table;
}

/// The length of the longest beginning without a special byte.
inline std::size_t clean_run(std::string_view text, const SpecialBytes& special) {
  const auto at = [&](std::size_t i) { return special[static_cast<unsigned char>(text[i])]; };
  std::size_t run = 0;
  while (run + 8 <= text.size() && (at(run) | at(run + 1) | at(run + 2) | at(run + 3) | at(run + 4) |
                                    at(run + 5) | at(run + 6) | at(run + 7)) == 0) {
    run += 8;
  }
  while (run < text.size() && at(run) == 0) ++run;
  return run;
}

}  // namespace kolega
