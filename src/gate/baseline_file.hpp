// The baseline as a file: JSON, one entry a line, sorted, so that it merges and reviews well.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "gate/record.hpp"
#include "model/baseline.hpp"

namespace kolega::gate {

inline constexpr std::string_view baseline_format = "kolega-gate/baseline/v1";

void write_baseline(const Baseline& baseline, std::ostream& out);
/// Throws Error(input) naming the path of what is wrong; entries out of order or twice are errors.
Baseline read_baseline(std::string_view text, const std::string& what);

/// Today's active findings of a record as a baseline, one entry a unit (gate/units.hpp), with the most severe of its
/// rows; only findings without a fingerprint are counted beyond 1. Throws Error(context) unless every batch is
/// complete, finding details were read where they were asked for, and nothing else is missing.
Baseline baseline_of(const DecisionRecord& record);

/// The same of what a run knew, whatever its rules made of it: a rule that waits for a baseline, or is broken, must
/// not keep one from being written.
Baseline baseline_of_inputs(Inputs inputs);

/// What two baselines differ in, entry by entry. A changed severity is one entry removed and one added.
struct BaselineChange {
  enum class Kind { added, removed, fewer, more };
  Kind kind{};
  BaselineEntry entry{};
  std::uint64_t before{};
  std::uint64_t after{};
};
std::vector<BaselineChange> compare(const Baseline& before, const Baseline& after);

}  // namespace kolega::gate
