// Words of the record for enumerations that have no other text form.
#pragma once

#include <array>
#include <string_view>

namespace kolega::gate {

inline constexpr std::array<std::string_view, 3> origin_names{"live", "sandbox", "file"};
inline constexpr std::array<std::string_view, 6> ending_names{"read", "not_started", "timeout", "quota", "api", "failed"};
inline constexpr std::array<std::string_view, 5> batch_origin_names{"triggered", "attached", "reused", "resumed", "file"};

template <class Enum, std::size_t N>
constexpr std::string_view word_of(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace kolega::gate
