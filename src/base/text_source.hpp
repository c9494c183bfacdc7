// A whole text that is read once from front to back, in parts, so that a mapped file need not stay in memory.
// Not for: text that must be looked at again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>

namespace kolega {

struct TextSource {
  std::string_view text{};
  /// Told after each part how many bytes from the front are done with for this reading.
  std::function<void(std::size_t)> consumed{};

  TextSource(std::string_view whole) : text(whole) {}    // NOLINT: any text is a source
  TextSource(const char* whole) : text(whole) {}         // NOLINT
  TextSource(const std::string& whole) : text(whole) {}  // NOLINT
  TextSource(std::string_view whole, std::function<void(std::size_t)> told)
      : text(whole), consumed(std::move(told)) {}

  template <class Take>
  void read(Take take) const {
    constexpr std::size_t part = 256 * 1024;
    for (std::size_t at = 0; at < text.size();) {
      const auto length = std::min(part, text.size() - at);
      take(text.substr(at, length));
      at += length;
      if (consumed) consumed(at);
    }
  }
};

}  // namespace kolega
