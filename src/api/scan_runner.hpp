// One batch per scan type: look at the quota, attach, reuse or trigger, poll all of them side by side to the
// end or the deadline, read results and findings, join. What goes wrong with a batch is a fact of that batch.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/client.hpp"
#include "model/finding_set.hpp"
#include "model/incomplete.hpp"
#include "sys/system.hpp"

namespace kolega::api {

class RunState;

struct RunnerOptions {
  std::string repository_id{};
  std::vector<ScanType> types{};
  std::vector<std::string> attach{};  ///< batch ids; then nothing is triggered
  Duration timeout{std::chrono::minutes{30}};
  Duration asked{};    ///< the timeout as it was given, to be told; zero: the one above
  bool ends_with_us{}; ///< the server is a sandbox of this process: nothing goes on, nothing can be attached to later
  std::optional<Duration> reuse{};
  std::string branch{};               ///< reuse no batch that is known to be of another one; empty: any
  bool details{true};  ///< read the findings pages too
  bool frugal{};       ///< no request that a verdict can do without: the POST tells what is left of the quota
  RunState* state{};   ///< where begun batches are remembered; nullptr: nowhere
  Duration poll_min{std::chrono::milliseconds{100}};
  Duration poll_max{std::chrono::seconds{5}};
};

/// What a person may want to see while it runs.
struct ProgressEvent {
  enum class Kind { started, attached, reused, resumed, polled, finished, reading, note };
  Kind kind{};
  const ScanBatch* batch{};  ///< nullptr for a note
  double percent{};
  Duration elapsed{};
  std::optional<Duration> eta{};
  std::string text{};  ///< of a note
};
using ProgressListener = std::function<void(const ProgressEvent&)>;

struct Collected {
  std::vector<ScanBatch> batches{};
  FindingSet findings{};  ///< Finding::batch indexes batches
  std::vector<Gap> gaps{};
};

/// Errors that no policy may soften (401, 403 without quota, 404, certificate faults, a signal) are thrown;
/// the rest becomes batch endings and gaps.
Collected run_scans(Client& client, const RunnerOptions& options, const sys::System& system,
                    const ProgressListener& listener);

}  // namespace kolega::api
