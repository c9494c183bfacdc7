// Where the batches of a run come from: attached by id, reused when the policy allows it, or triggered.
// Not for: waiting for them.
#pragma once

#include "api/run_context.hpp"

namespace kolega::api {

/// A batch on its way. `running` is false when it ended before it began.
struct ObtainedBatch {
  ScanBatch batch{};
  bool running{true};
};

/// Batches to attach to, in the order given, each once; nothing but their ids is known yet.
std::vector<ObtainedBatch> attach_batches(const RunContext& context);

/// One batch per type, in their order: reused or triggered. A quota that is known to be spent triggers
/// nothing. `on_started` is told of each batch as soon as it is known, before the next one is begun.
std::vector<ObtainedBatch> start_batches(const RunContext& context,
                                         const std::function<void(const ScanBatch&)>& on_started);

/// Why nothing of this type can be started: for people.
std::string describe_spent(const Quota& quota, ScanType type);

/// The newest complete batch of this repository and type that ended within `reuse` before `now`.
std::optional<ScanBatch> find_reusable(const std::vector<ScanBatch>& batches,
                                       const std::string& repository_id, ScanType type, Duration reuse,
                                       Instant now);

}  // namespace kolega::api
