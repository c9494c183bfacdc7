// What a policy's own test supposes, as the inputs of a real decision: the same function judges them.
// Not for: what the test expects of it (cli/command_policy_test.cpp).
#pragma once

#include "gate/inputs.hpp"
#include "policy/test_case.hpp"

namespace kolega::gate {

/// `now` is the instant of tests that name none.
Inputs inputs_of_test(const policy::TestCase& test, const policy::Policy& policy, Instant now);

}  // namespace kolega::gate
