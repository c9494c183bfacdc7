// What the merge request's own policy would say about the same facts, where the base side's decides.
#pragma once

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// `inputs` hold both policies and are the same afterwards; `verdict` is that of the one that decides.
AfterMerge judge_after_merge(Inputs& inputs, const Verdict& verdict);

/// One phrase for people; empty when the two policies are equal.
std::string describe_after_merge(const AfterMerge& after);

}  // namespace kolega::gate
