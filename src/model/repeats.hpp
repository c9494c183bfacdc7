// Which of many hashes may have come twice, in a few bits for each and without sorting them. Not for: whether they have;
// one in twenty that has not is named, too.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kolega {

class Repeats {
 public:
  /// `count` is about how many will be added.
  explicit Repeats(std::size_t count)
      : mask_(std::bit_ceil(std::clamp<std::size_t>(count, 4, most) * slots_for_each) - 1), slots_((mask_ + 1) / slots_in_byte) {}

  void add(std::uint32_t hash) {
    if (state(hash) < 2) slots_[at(hash)] = static_cast<std::uint8_t>(slots_[at(hash)] + (1U << shift(hash)));
  }
  /// True for every hash that was added twice.
  bool may_repeat(std::uint32_t hash) const { return state(hash) == 2; }

 private:
  static constexpr std::size_t slots_for_each = 16;
  static constexpr std::size_t slots_in_byte = 4;
  static constexpr std::size_t most = std::size_t{1} << 28U;  ///< so that a hash can name every slot

  std::size_t at(std::uint32_t hash) const { return (hash & mask_) / slots_in_byte; }
  static unsigned shift(std::uint32_t hash) { return hash % slots_in_byte * 2; }
  /// How often something came to the slot of `hash`: 0, 1, or 2 for more.
  unsigned state(std::uint32_t hash) const { return slots_[at(hash)] >> shift(hash) & 3U; }

  std::size_t mask_;
  std::vector<std::uint8_t> slots_;
};

}  // namespace kolega
