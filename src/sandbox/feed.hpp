// Runs the scanners of one scan, or reads its saved files, and gathers what they found. Blocks; runs in a job.
// Not for: what a batch makes of it (batch_view.cpp). Nothing is invented: no scanner, no findings.
#pragma once

#include <stop_token>

#include "sandbox/store.hpp"

namespace kolega::sandbox {

/// Never throws for what a scanner or a file does wrong: that is a problem inside the harvest. `timeout` is for each
/// command.
Harvest run_feed(const RepositoryConfig& repository, ScanType type, Duration timeout, std::stop_token stop);

}  // namespace kolega::sandbox
