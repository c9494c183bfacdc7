// Breaking the glass: somebody takes a verdict that stops them on themselves, where the policy allows that.
// Not for: reading the option (cli/break_glass.hpp).
#pragma once

#include <string>
#include <vector>

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// What the policy requires and the bypass does not say; empty when it is complete.
std::vector<policy::BypassField> missing_fields(const policy::BreakGlass& terms, const Bypass& bypass);

/// Turns `fail` and `incomplete` into `bypassed` where that was asked for and may be. What can not be
/// bypassed, or need not be, stands as it is with a notice. No login and a policy that does not load can
/// never be bypassed.
void apply_bypass(const Inputs& inputs, Verdict& verdict);

}  // namespace kolega::gate
