#include "cli/trusted_policy.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

constexpr std::string_view option = "trusted-policy";

/// Where the base side lets the merge request waive, its waivers are taken, by the base side's terms.
void adopt_waivers(gate::Inputs& inputs, Instant now) {
  auto& trusted = *inputs.policy;
  if (!inputs.head_policy || !trusted.waivers || trusted.waivers->from != policy::WaiverSide::head) return;
  const auto remarks = policy::adopt_waivers(trusted, *inputs.head_policy, now);
  if (remarks.empty()) return;
  std::vector<std::string> shown;
  for (const auto& remark : remarks) shown.push_back(render(remark, std::string_view{}));
  throw Error(ErrorKind::policy, "the waivers of the merge request break the terms of the trusted policy: " +
                                     plural(remarks.size(), "error"))
      .with_excerpt(join(shown, "\n"));
}

}  // namespace

std::vector<Option> trusted_policy_options() {
  return {
      {.names = "--trusted-policy",
       .value = "FILE",
       .help =
           "the policy of the base side of a merge request: it decides; the other one is judged beside it"}};
}

bool has_trusted_policy(const Invocation& invocation) {
  return invocation.arguments.has(option);
}

void load_policies(const std::optional<PolicyText>& own, const Invocation& invocation, gate::Inputs& inputs) {
  const auto trusted = invocation.arguments.find(option);
  inputs.trusted_policy = trusted.has_value();
  inputs.head_policy.reset();
  if (!trusted) {
    inputs.policy = load_policy(own.value(), invocation);
    return;
  }
  if (trusted->empty()) throw Error(ErrorKind::usage, "--trusted-policy: the value is empty");
  inputs.policy = load_policy(find_policy(*trusted, invocation.system.working_directory), invocation);
  if (!own) {
    inputs.notes.push_back("judged by the trusted policy alone: there is no other one here");
    return;
  }
  inputs.head_policy = load_policy(*own, invocation);
  adopt_waivers(inputs, invocation.system.now());
}

}  // namespace kolega::cli
