// Assigns waivers to findings, once, before the rules: so that a waiver cannot stretch over a new twin.
// Not for: what a rule counts (evaluate.cpp).
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// In a twin group nobody knows which details belong to which fingerprint. With w of n fingerprints waived, up to
/// n - w findings are left, whichever were taken out by triage.
struct TwinGroup {
  std::uint64_t size{};
  std::uint64_t waived{};                  ///< fingerprints that a waiver names
  std::uint64_t most() const { return size - waived; }
};

struct WaiverAssignment {
  std::vector<WaiverVerdict> waivers{};
  std::unordered_map<std::uint32_t, TwinGroup> twins{};  ///< groups with waived fingerprints, by number
};

/// Waivers by id, findings by (first_detected_at, fingerprint, path); each takes at most its limit, each finding is
/// taken once. Marks rows of `judged` as waived, or as covered by a waiver that has ended. `complete`: nothing is
/// missing, so that a waiver that matches nothing is unused.
WaiverAssignment assign_waivers(const Inputs& inputs, const policy::Policy& policy,
                                std::vector<FindingVerdict>& judged, bool complete);

}  // namespace kolega::gate
