// Options that stand in for parts of the policy, against what the policy locks.
// Not for: files that extend a policy (policy/lock.hpp).
#pragma once

#include <optional>
#include <vector>

#include "policy/policy.hpp"

namespace kolega::cli {

/// What the command line and the environment put in the policy's place.
struct Overrides {
  std::optional<policy::Mode> mode_cap{};
  std::vector<ScanType> scan_types{};
  std::optional<Duration> timeout{};
  bool baseline{};
};

/// Throws Error(usage), naming option and lock, for an override that changes what is locked. One that changes
/// nothing is fine.
void check_overrides(const policy::Policy& policy, const Overrides& overrides);

}  // namespace kolega::cli
