// Every text that attacks some sink, and every place of a decision record where a text from outside can stand.
// Not for: sample records (sample_records.hpp), what a reader obeys (readers.hpp).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gate/record.hpp"

namespace kolega::test {

/// hostile_texts() and more: long ones, fences, references, delimiters, numbers that are none.
const std::vector<std::string>& all_attacks();

/// A place for a text from outside.
struct HostileField {
  std::string name{};
  void (*set)(gate::Inputs& inputs, const std::string& text){};
  bool shown{true};  ///< some report writes it
};
const std::vector<HostileField>& hostile_fields();

/// A run that shows every field: broken rules, findings taken out, gaps, a baseline, fixes, a batch that failed.
gate::Inputs full_inputs();
gate::DecisionRecord decide_full(const gate::Inputs& inputs);
/// The same with `text` in every place at once.
gate::DecisionRecord hostile_record(const std::string& text);

}  // namespace kolega::test
