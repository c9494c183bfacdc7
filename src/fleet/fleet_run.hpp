// Runs the selected repositories through the gate: the thread pool around scheduler, rate limiter and the
// repositories' own steps, and the end of each as a record and a line of results. Not for: choosing them
// (selection.hpp), what people see (cli/).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "fleet/output_folder.hpp"
#include "fleet/repository_run.hpp"

namespace kolega::fleet {

/// What is done for the fleet outside of it. All but `tell` are called from several threads at once.
struct Hooks {
  std::function<std::unique_ptr<net::Transport>()> connect{};  ///< a transport that repeats nothing by itself
  /// Fills in a baseline that the API holds, where the policy wants one; ends with the stop of `system` and with `timeout`.
  std::function<void(api::Client&, const sys::System&, Duration timeout, gate::Inputs&)> read_baseline{};
  std::function<Gap(const Error&)> gap_of{};
  std::function<int(const gate::DecisionRecord&)> exit_code{};
  std::function<void(const Result&)> tell{};             ///< one that ended, on the thread that called run()
  std::function<void(const std::string&)> note{};        ///< for people, on that thread
};

struct FleetOptions {
  Secret token{};
  std::string folder{};                    ///< the path of the output folder
  int connections{64};
  std::optional<Duration> timeout{};       ///< of the whole
  Duration tick{std::chrono::milliseconds(250)};  ///< how often `progress` is told
};

/// One repository of this shard.
struct Member {
  Selected selected{};
  std::string full_name{};                 ///< of its first source, for the subject
  std::size_t assignment{};
};

struct Progress {
  std::size_t total{};                     ///< of this shard
  std::size_t before{};                    ///< ended in an earlier run
  std::size_t ended{};                     ///< these included
  std::size_t running{};
  std::uint64_t requests{};
  std::uint64_t refused{};
  std::optional<double> rate{};            ///< permitted, requests a second
  double sent_rate{};                      ///< over the last seconds
  std::optional<Duration> paused{};        ///< by the server, for so long
  std::optional<Duration> eta{};
  Duration elapsed{};
};

/// How the whole ended, where it did not end with the last repository.
struct Ending {
  std::optional<Error> error{};            ///< a 401, a stop, an output that cannot be written
  Progress progress{};
};

/// Each member that has no settled result in the folder is run: a result of each is in the folder when it returns
/// without an error. `base` is what every subject says.
Ending run_fleet(const std::vector<Member>& members, const std::vector<Assignment>& assignments, const Subject& base,
                 OutputFolder& folder, const FleetOptions& options, const Hooks& hooks, const sys::System& system,
                 const std::function<void(const Progress&)>& progress);

}  // namespace kolega::fleet
