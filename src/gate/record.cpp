#include "gate/record.hpp"

#include "base/version.hpp"
#include "gate/evaluate.hpp"

namespace kolega::gate {

DecisionRecord decide(Inputs inputs) {
  canonicalise(inputs);
  DecisionRecord record;
  record.tool_version = std::string(version());
  record.inputs = std::move(inputs);
  record.verdict = evaluate(record.inputs);
  return record;
}

}  // namespace kolega::gate
