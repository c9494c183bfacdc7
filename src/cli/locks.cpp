#include "cli/locks.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& what, const policy::Lock& lock) {
  const auto place = describe(lock.pos);
  throw Error(ErrorKind::usage,
              option + ": " + what + " is locked" + (place.empty() ? "" : " by " + printable(place, 200)),
              "leave " + option + " out, or have 'lock: [" + printable(lock.name, 60) + "]' removed there");
}

bool is_same_set(std::vector<ScanType> a, std::vector<ScanType> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

}  // namespace

void check_overrides(const policy::Policy& policy, const Overrides& overrides) {
  const auto* scan = policy::find_lock(policy.locks, "scan");
  if (scan && !overrides.scan_types.empty() && !is_same_set(overrides.scan_types, policy.scan.types))
    refuse("--scan-type", "'scan'", *scan);
  // A short patience makes a timeout, and that may be softened; a long one holds up what others wait for.
  if (scan && overrides.timeout && *overrides.timeout != policy.scan.timeout)
    refuse("--timeout", "'scan'", *scan);
  if (const auto* lock = policy::find_lock(policy.locks, "baseline"); lock && overrides.baseline)
    refuse("--baseline", "'baseline'", *lock);
  if (!overrides.mode_cap) return;
  for (const auto& rule : policy.rules) {
    const auto strictest = rule.block_from ? policy::Mode::block : rule.mode;
    const auto* lock = policy::find_rule_lock(policy.locks, rule.id);
    if (lock && *overrides.mode_cap < strictest)
      refuse("--mode", "the mode of rule '" + rule.id + "'", *lock);
  }
}

}  // namespace kolega::cli
