// The program's version, set by CMakeLists.txt.
#pragma once

#include <string_view>

namespace kolega {
std::string_view version();
inline constexpr std::string_view program_name = "kolega-gate";
}  // namespace kolega
