// --shard I/N: which part of a fleet this job does, also by the CI's own count of parallel jobs.
// Not for: which repository is in which part (fleet/).
#pragma once

#include <optional>

#include "cli/command.hpp"
#include "fleet/result.hpp"

namespace kolega::cli {

/// --shard
std::vector<Option> shard_options();

/// `I/N` with 1 <= I <= N, or `auto`: CI_NODE_INDEX and CI_NODE_TOTAL (GitLab's `parallel`),
/// SYSTEM_JOBPOSITIONINPHASE and SYSTEM_TOTALJOBSINPHASE (Azure's `parallel`). Nothing when it is not given. Throws
/// Error(usage); `auto` where no CI counts is an error, because every job would then do everything.
std::optional<fleet::Shard> resolve_shard(const Arguments& arguments, const sys::Environment& environment);

}  // namespace kolega::cli
