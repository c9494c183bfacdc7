#include "gate/record.hpp"

#include "base/version.hpp"
#include "gate/after_merge.hpp"
#include "gate/evaluate.hpp"

namespace kolega::gate {

DecisionRecord decide(Inputs inputs) {
  canonicalise(inputs);
  DecisionRecord record;
  record.tool_version = std::string(version());
  record.inputs = std::move(inputs);
  record.verdict = evaluate(record.inputs);
  if (record.inputs.policy && record.inputs.head_policy) {
    auto& after = record.verdict.after_merge.emplace(judge_after_merge(record.inputs, record.verdict));
    if (auto told = describe_after_merge(after); !told.empty())
      record.verdict.notices.push_back(std::move(told));
  }
  return record;
}

}  // namespace kolega::gate
