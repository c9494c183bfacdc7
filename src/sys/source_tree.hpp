// Reads source files of the checkout by paths that come from outside: never a byte from beyond its root.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kolega::sys {

/// The text of a regular file below `root`; nothing when there is none, when the path (or a link on the way)
/// leads out of the root, or when it is larger than `limit` bytes.
std::optional<std::string> read_beneath(const std::string& root, std::string_view path, std::uint64_t limit);

}  // namespace kolega::sys
