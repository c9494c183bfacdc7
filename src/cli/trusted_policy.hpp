// Which policy decides: the merge request's own, or the base side's with the other one beside it.
#pragma once

#include <optional>
#include <vector>

#include "cli/command.hpp"
#include "cli/policy_file.hpp"
#include "gate/inputs.hpp"

namespace kolega::cli {

/// --trusted-policy
std::vector<Option> trusted_policy_options();
bool has_trusted_policy(const Invocation& invocation);

/// With --trusted-policy: that one decides, and `own`, if there is one, is judged beside it. Without: `own`
/// decides. Everything that is known is in the inputs even when another part throws.
void load_policies(const std::optional<PolicyText>& own, const Invocation& invocation, gate::Inputs& inputs);

}  // namespace kolega::cli
