// The unit of counting: distinct (scan type, fingerprint, path). Rows of one unit count once in a rule, and once for
// each severity they were reported with, so that one more row can only add.
// Not for: twins, which have different fingerprints.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "gate/verdict.hpp"
#include "model/finding_set.hpp"

namespace kolega::gate {

struct Units {
  /// Rows that share their unit with another row -> the unit. Every other row is a unit of its own.
  std::unordered_map<std::uint32_t, std::uint32_t> shared{};
  /// Rows that say nothing an earlier row of their unit does not say.
  std::vector<std::uint32_t> repeated_rows{};
};

/// `rows` in canonical order; a finding without fingerprint is always a unit of its own.
Units find_units(const FindingRows& rows, const std::vector<FindingVerdict>& judged);

/// Counts distinct units of one rule.
class UnitCounter {
 public:
  explicit UnitCounter(const Units& units) : units_(&units) {}
  bool is_new(std::uint32_t row) { return first(row, 31); }
  bool is_new(std::uint32_t row, Severity severity) { return first(row, static_cast<unsigned>(index_of(severity))); }

 private:
  bool first(std::uint32_t row, unsigned bit);
  const Units* units_;
  std::unordered_map<std::uint32_t, std::uint32_t> seen_{};
};

}  // namespace kolega::gate
