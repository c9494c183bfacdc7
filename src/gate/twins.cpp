#include "gate/twins.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::gate {

Twins::Twins(const Inputs& inputs, const policy::Policy& policy, const std::vector<FindingVerdict>& judged)
    : inputs_(inputs), policy_(policy), judged_(judged) {
  for (std::uint32_t row = 0; row < judged.size(); ++row) {
    if (number_of(row) == 0 || judged[row].disposition == Disposition::duplicate) continue;
    auto& group = groups_.try_emplace(number_of(row), Group{.first = row}).first->second;
    const bool waived = is_waived_by_name(row);
    const bool known = is_known(row);
    ++group.size;
    group.waived += waived ? 1 : 0;
    group.known += known ? 1 : 0;
    group.waived_or_known += waived || known ? 1 : 0;
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.second.waived_or_known == 0; });
}

bool Twins::is_waived_by_name(std::uint32_t row) const {
  const auto waiver = judged_[row].waiver;
  return waiver && !policy_.waivers->list[*waiver].match.fingerprint.empty();
}

bool Twins::is_known(std::uint32_t row) const {
  return inputs_.baseline && judged_[row].is_new && !*judged_[row].is_new;
}

bool Twins::may_stand_in(const policy::Rule& rule, std::uint32_t row) const {
  if (!has(row)) return false;
  const auto disposition = judged_[row].disposition;
  const bool waived = is_waived_by_name(row);
  if (rule.waivable && disposition != Disposition::active && !(disposition == Disposition::waived && waived))
    return false;
  const bool known = rule.scope == policy::Scope::new_findings && is_known(row);
  return known || (rule.waivable && waived);
}

std::uint64_t Twins::most(const policy::Rule& rule, const Group& group) const {
  const bool only_new = rule.scope == policy::Scope::new_findings;
  if (rule.waivable) return group.size - (only_new ? group.waived_or_known : group.waived);
  return group.size - (only_new ? group.known : 0);
}

Twins::Room Twins::take(std::size_t rule_index, std::uint32_t row) {
  const auto limit = most(policy_.rules[rule_index], groups_.at(number_of(row)));
  const auto take_one = [&](int severity) {
    auto& counted = counted_[{rule_index, number_of(row), severity}];
    if (counted >= limit) return false;
    ++counted;
    return true;
  };
  const bool total = take_one(-1);
  return {total, take_one(static_cast<int>(index_of(judged_[row].severity)))};
}

void Twins::tell(std::size_t rule_index, std::uint32_t row) {
  auto& group = groups_.at(number_of(row));
  group.told = std::max(group.told, counted_[{rule_index, number_of(row), -1}]);
}

std::vector<std::string> Twins::notices() const {
  std::vector<std::string> out;
  for (const auto& [number, group] : groups_) {
    if (group.told == 0) continue;
    const auto& one = inputs_.findings.rows[group.first];
    auto text = "twins: " + plural(group.size, "finding") + " of " + printable(one.check_id, 100) + " in " +
                printable(one.path, 200) + " cannot be told apart";
    if (group.waived > 0) text += ", " + std::to_string(group.waived) + " waived";
    if (group.known > 0) text += ", " + std::to_string(group.known) + " in the baseline";
    out.push_back(text + "; at most " + std::to_string(group.told) + " counted");
  }
  return out;
}

}  // namespace kolega::gate
