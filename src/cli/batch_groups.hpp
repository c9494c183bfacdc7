// Past scan batches put together as the runs that started them: one batch of each scan type, close in time.
// Not for: reading them (command_what_if.cpp).
#pragma once

#include <vector>

#include "base/time.hpp"
#include "model/scan_batch.hpp"

namespace kolega::cli {

/// A run triggers its scans one after the other within seconds.
inline constexpr Duration group_window = std::chrono::minutes(10);

/// Batches of one repository in any order -> groups, the newest first. A group holds each scan type at most once, and no
/// batch that was created more than `group_window` after its first.
std::vector<std::vector<ScanBatch>> group_batches(std::vector<ScanBatch> batches);

/// When it came into being, as far as it is known.
Instant time_of(const ScanBatch& batch);

}  // namespace kolega::cli
