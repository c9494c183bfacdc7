#include "gate/bypass.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::gate {

namespace {

const std::string& field_of(const Bypass& bypass, policy::BypassField field) {
  switch (field) {
    case policy::BypassField::reason:
      return bypass.reason;
    case policy::BypassField::ticket:
      return bypass.ticket;
  }
  return bypass.reason;
}

/// Why the glass can not be broken, or nothing.
std::string find_obstacle(const Inputs& inputs, const Verdict& verdict) {
  if (!inputs.policy || !inputs.policy->break_glass) return "the policy does not allow it";
  if (!inputs.subject.change.empty() && !inputs.trusted_policy)
    return "the policy of a merge request could allow itself; give the base side's as --trusted-policy";
  if (!missing_fields(*inputs.policy->break_glass, *inputs.bypass).empty())
    return "it does not say all that the policy requires";
  for (const auto& entry : verdict.incomplete) {
    if (entry.cause == Cause::auth || entry.cause == Cause::usage || entry.cause == Cause::interrupted)
      return "it does not reach this: " + std::string(name_of(entry.cause));
  }
  return {};
}

}  // namespace

std::vector<policy::BypassField> missing_fields(const policy::BreakGlass& terms, const Bypass& bypass) {
  std::vector<policy::BypassField> out;
  std::ranges::copy_if(terms.require, std::back_inserter(out),
                       [&](policy::BypassField field) { return trim(field_of(bypass, field)).empty(); });
  return out;
}

void apply_bypass(const Inputs& inputs, Verdict& verdict) {
  if (!inputs.bypass) return;
  if (verdict.outcome != Outcome::fail && verdict.outcome != Outcome::incomplete) {
    verdict.notices.push_back("break-glass was asked for and is not needed: the verdict stands without it");
    return;
  }
  if (const auto obstacle = find_obstacle(inputs, verdict); !obstacle.empty()) {
    verdict.notices.push_back("break-glass was asked for and changes nothing: " + obstacle);
    return;
  }
  verdict.bypassed = verdict.outcome;
  verdict.outcome = Outcome::bypassed;
}

}  // namespace kolega::gate
