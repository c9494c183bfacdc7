// An optional that takes no room beside its value: one value of its type stands for nothing. For what is kept of every
// finding. Not for: types of which every value may come.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace kolega::gate {

template <class Value, class Kept, Kept nothing>
class Compact {
 public:
  constexpr Compact() = default;
  constexpr Compact(Value value) : kept_(static_cast<Kept>(value)) {}  // NOLINT: as std::optional
  constexpr bool has_value() const { return kept_ != nothing; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr Value operator*() const { return static_cast<Value>(kept_); }
  constexpr Value value_or(Value other) const { return has_value() ? **this : other; }
  /// Nothing comes before every value, as in std::optional.
  friend constexpr std::strong_ordering operator<=>(Compact a, Compact b) { return a.wide() <=> b.wide(); }
  friend constexpr bool operator==(Compact a, Compact b) = default;
  friend constexpr bool operator==(Compact a, Value b) { return a.kept_ == static_cast<Kept>(b); }

 private:
  constexpr std::int64_t wide() const { return has_value() ? kept_ : -1; }
  Kept kept_{nothing};
};

using CompactBool = Compact<bool, std::uint8_t, 2>;
/// Of a list of at most 65,535.
using CompactIndex = Compact<std::uint16_t, std::uint16_t, 0xFFFF>;

}  // namespace kolega::gate
