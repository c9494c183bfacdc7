// Assigns waivers to findings, once, before the rules: so that a waiver cannot stretch over a new twin.
// Not for: what a rule counts (evaluate.cpp).
#pragma once

#include <vector>

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// Waivers by id, findings by (first_detected_at, fingerprint, path); each takes at most its limit, each finding is
/// taken once. Marks rows of `judged` as waived, or as covered by a waiver that has ended. `complete`: nothing is
/// missing, so that a waiver that matches nothing is unused.
std::vector<WaiverVerdict> assign_waivers(const Inputs& inputs, const policy::Policy& policy,
                                          std::vector<FindingVerdict>& judged, bool complete);

}  // namespace kolega::gate
