// What every step of a scan run shares: client, options, clock, deadline, listener.
#pragma once

#include "api/scan_runner.hpp"

namespace kolega::api {

struct RunContext {
  Client& client;
  const RunnerOptions& options;
  const sys::System& system;
  const ProgressListener& listener;
  sys::SteadyTime start{};
  sys::SteadyTime deadline{};

  Duration elapsed() const { return std::chrono::duration_cast<Duration>(system.steady() - start); }
  void tell(ProgressEvent event) const;
  void note(std::string text) const;
  /// False when the deadline comes first; then nothing was waited. Throws Error(interrupted) on a stop.
  bool wait_until(sys::SteadyTime until) const;
  bool wait_for(Duration duration) const;
};

/// "kolega-gate run --repository R --scan-id A --scan-id B".
std::string attach_command(const std::string& repository_id, const std::vector<std::string>& batch_ids);
/// "attach later with 'THAT' and the same policy": which one that is, is not known here.
std::string attach_hint(const std::string& repository_id, const std::vector<std::string>& batch_ids);

/// How the error that is being caught ends a batch; errors that no policy may soften are thrown on. With
/// `batch_exists`, a 404 is a fault of the server, not of who asked.
struct BatchFault {
  BatchEnding ending{};
  std::string detail{};
  bool may_pass{};  ///< the server may be well again later, and the batch goes on meanwhile
};
BatchFault fault_of_current_error(bool batch_exists = false);

}  // namespace kolega::api
