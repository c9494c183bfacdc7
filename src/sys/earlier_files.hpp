// Files as they were when the program began, to take away what an earlier run left. Not for: files that are being
// written (OutputSet, files.hpp).
#pragma once

#include <string>
#include <vector>

namespace kolega::sys {

class EarlierFiles {
 public:
  /// Remembers what stands at `paths` now.
  explicit EarlierFiles(std::vector<std::string> paths);
  /// Removes what still stands there untouched, as OutputSet does with Stale::removed; what was written since stays.
  void remove() const;

 private:
  std::vector<std::string> paths_;
  std::vector<std::string> marks_;  ///< of what stood there; empty: nothing
};

}  // namespace kolega::sys
