// Whether lists of path patterns leave any path at all: what no finding can match is a mistake of whoever wrote it.
// Not for: matching a path (base/glob.hpp).
#pragma once

#include <optional>
#include <span>
#include <string>

namespace kolega {

/// A pattern list, and whether the path shall match it. The patterns are right ones (find_glob_error()).
struct PathWish {
  std::span<const std::string> patterns{};
  bool matched{true};
};

struct PathSearch {
  std::optional<std::string> path{};  ///< one that fulfils every wish, as short as possible where it had to be searched
  bool exhausted{};                   ///< given up for its cost: there may be one
  std::size_t steps{};                ///< what it cost; about ten million a second

  bool none() const { return !path && !exhausted; }
};

/// A path as findings have them, folded and not empty. The answer is exact unless `exhausted`, which takes
/// patterns made for it.
PathSearch find_path(std::span<const PathWish> wishes);

}  // namespace kolega
