// Reads source files of the checkout by paths that come from outside: never a byte from beyond its root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kolega::sys {

class SourceTree {
 public:
  explicit SourceTree(const std::string& root);

  /// The text of a regular file below the root; nothing when there is none, when the path (or a link on the way)
  /// leads out of the root, or when it is larger than `limit` bytes.
  std::optional<std::string> read(std::string_view path, std::uint64_t limit);
  /// False when a folder on the way is not there. Findings name the same few folders, so each is asked for once.
  bool may_hold(std::string_view path);

 private:
  std::optional<std::filesystem::path> top_;
  std::map<std::string, bool, std::less<>> folders_;  ///< as paths name them: whether they are there
};

}  // namespace kolega::sys
