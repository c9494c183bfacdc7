#include "gate/after_merge.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gate/evaluate.hpp"
#include "policy/differences.hpp"

namespace kolega::gate {

namespace {

bool has(const std::vector<ScanType>& types, ScanType type) {
  return std::ranges::find(types, type) != types.end();
}

/// The facts that this policy would look at: no more than what was scanned, and without the types that it
/// drops.
Inputs facts_for(const policy::Policy& policy, const Inputs& inputs) {
  Inputs out = inputs;
  std::erase_if(out.scan_types, [&](ScanType type) { return !has(policy.scan.types, type); });
  out.batches.clear();
  std::vector<std::optional<std::uint16_t>> place;
  for (const auto& batch : inputs.batches) {
    place.emplace_back();
    if (!has(out.scan_types, batch.type)) continue;
    place.back() = static_cast<std::uint16_t>(out.batches.size());
    out.batches.push_back(batch);
  }
  auto& rows = out.findings.rows;
  rows.erase_if([&](const Finding& row) { return row.batch >= place.size() || !place[row.batch]; });
  rows.change_batches([&](std::uint16_t batch) { return batch < place.size() ? place[batch].value_or(batch) : batch; });
  std::erase_if(out.gaps,
                [&](const Gap& gap) { return gap.scan_type && !has(out.scan_types, *gap.scan_type); });
  return out;
}

Verdict judge(Inputs& inputs) {
  const auto& types = inputs.policy->scan.types;
  const bool same = std::ranges::all_of(inputs.scan_types, [&](ScanType type) { return has(types, type); });
  return same ? evaluate(inputs) : evaluate(facts_for(*inputs.policy, inputs));
}

const RuleVerdict* find_rule(const Verdict& verdict, const std::string& id) {
  const auto found = std::ranges::find(verdict.rules, id, &RuleVerdict::id);
  return found == verdict.rules.end() ? nullptr : &*found;
}

void add_states(const Verdict& before, const Verdict& after, std::vector<std::string>& changes) {
  for (const auto& rule : after.rules) {
    const auto* old = find_rule(before, rule.id);
    if (old && old->state == rule.state) continue;
    changes.push_back("rule " + rule.id + " " +
                      (old ? "is " + std::string(name_of(old->state)) + ", would be " : "would be ") +
                      std::string(name_of(rule.state)));
  }
}

}  // namespace

AfterMerge judge_after_merge(Inputs& inputs, const Verdict& verdict) {
  std::swap(inputs.policy, inputs.head_policy);
  const auto bypass = std::exchange(inputs.bypass, std::nullopt);
  const auto after = judge(inputs);
  inputs.bypass = bypass;
  std::swap(inputs.policy, inputs.head_policy);
  AfterMerge out{.outcome = after.outcome,
                 .changes = policy::describe_changes(*inputs.policy, *inputs.head_policy)};
  for (const auto type : inputs.head_policy->scan.types) {
    if (!has(inputs.scan_types, type))
      out.changes.push_back(std::string(name_of(type)) + " is not part of this run");
  }
  add_states(verdict, after, out.changes);
  return out;
}

std::string describe_after_merge(const AfterMerge& after) {
  constexpr std::size_t most = 8;
  if (after.changes.empty()) return {};
  std::vector<std::string> shown(
      after.changes.begin(),
      after.changes.begin() + static_cast<std::ptrdiff_t>(std::min(most, after.changes.size())));
  if (after.changes.size() > most) shown.push_back(std::to_string(after.changes.size() - most) + " more");
  return "after merge this would be " + std::string(name_of(after.outcome)) +
         ", by the policy of the merge request: " + join(shown, "; ");
}

}  // namespace kolega::gate
