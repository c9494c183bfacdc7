// The records that every report format is compared on: one list for all writers (tests/golden/<name>/).
// Not for: single properties of a writer, which its own test builds with builders.hpp.
#pragma once

#include <string>
#include <vector>

#include "gate/record.hpp"

namespace kolega::test {

struct Sample {
  std::string name{};
  gate::DecisionRecord record{};
};

std::vector<Sample> sample_records();
/// One of them by its name; throws when there is none.
gate::DecisionRecord sample_record(const std::string& name);

/// Texts that attack a sink: CI commands, markup, controls, bidirectional marks, links, paths out of the
/// root.
const std::vector<std::string>& hostile_texts();

}  // namespace kolega::test
