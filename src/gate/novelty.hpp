// Which findings the baseline does not hold. A finding is known by scan type, fingerprint and path; a rename that the
// diff names and a changed fingerprint are followed where only one finding can be meant.
// Not for: which rules ask (scope.hpp).
#pragma once

#include <vector>

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// Sets FindingVerdict::is_new of every row, whatever became of it, and says how many entries were found how. An
/// entry makes at most as many findings known as it has counted. `judged` has severities and duplicates already.
/// The more findings there are, the more are new; the more entries, the fewer. Counts of active findings are left
/// to the caller.
Comparison mark_new(const Baseline& baseline, const ChangeSet* changes, const FindingSet& findings,
                    std::vector<FindingVerdict>& judged);

}  // namespace kolega::gate
