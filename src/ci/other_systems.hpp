// The CIs for which the gate knows nothing but what their variables say: one row each.
// Not for: those that it reports to or comments at (detect.cpp).
#pragma once

#include <optional>
#include <string>

#include "ci/detect.hpp"

namespace kolega::ci {

/// The first system whose marker is set.
std::optional<CiContext> detect_other_system(const sys::Environment& environment);

/// True for a marker that is set and does not say no.
bool is_set(const sys::Environment& environment, const char* name);

/// What stands in CiContext::change: the number in `said` (alone, or at the end of an address or of "pr/7");
/// else, where `is_change` or something else than a no is said, the head branch, or "unknown": that there is
/// a merge request is what decides, its number is for people. Empty for none.
std::string name_change(const std::string& said, bool is_change, const std::string& branch);

}  // namespace kolega::ci
