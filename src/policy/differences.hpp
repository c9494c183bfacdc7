// What differs between two policies, in words. Not for: what their verdicts say (gate/after_merge.hpp).
#pragma once

#include <string>
#include <vector>

#include "policy/policy.hpp"

namespace kolega::policy {

/// "scan.timeout: 30m -> 1h", "rule serious: max: 0 -> 10", "rule debt: removed", "waiver W-17: added", one
/// for each difference in what the policies mean; names and locks decide nothing and are left out.
std::vector<std::string> describe_changes(const Policy& from, const Policy& to);

}  // namespace kolega::policy
