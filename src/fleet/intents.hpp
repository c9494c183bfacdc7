// Which scans may have been started, on disk before any of them is: for several repositories at once, since a wait for the
// disk serves all of them. Not for: what a run that goes on makes of an intent (repository_run.hpp, api/start_scan.hpp).
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fleet/output_folder.hpp"
#include "sys/system.hpp"

namespace kolega::fleet {

/// The first intent that is not there yet brings those with it that will most likely follow. So after a kill a few
/// repositories more are looked for in the list of scans before they are started; an orderly end takes back what was not
/// used. Thread-safe.
class Intents {
 public:
  /// So many are written with one wait.
  static constexpr std::size_t together = 32;
  /// An intent that is older is written anew: whoever goes on looks for scans that began since, and somebody else's are
  /// not to be among them. Much less than a POST may take (api/start_scan.cpp).
  static constexpr Duration fresh = std::chrono::seconds(3);

  /// A repository that is started without another look: no earlier run left anything of it.
  struct Expected {
    std::string repository_id{};
    std::vector<ScanType> types{};
  };

  /// `expected` in the order in which they are started.
  Intents(OutputFolder& folder, const sys::System& system, std::vector<Expected> expected);
  /// The intent is on disk when it returns, by now or by an earlier call. Throws Error(output).
  void note(const BatchEntry& intent);
  /// Takes back what no start has come of. Throws Error(output).
  void close();

 private:
  struct Place {
    std::uint8_t unused{};                 ///< bits of the types whose intent nobody has asked for
    std::uint8_t known{};                  ///< of those that stand in the journal
    sys::SteadyTime at{};                  ///< of what is unused
  };
  static std::uint8_t bit_of(ScanType type) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(type)); }
  bool is_old(const Place& place, sys::SteadyTime now) const { return now - place.at > fresh; }
  void add_expected(std::size_t first, const BatchEntry& like, std::vector<BatchEntry>& entries);

  OutputFolder& folder_;
  const sys::System& system_;
  std::mutex mutex_{};
  std::vector<Expected> expected_;
  std::vector<Place> places_;
  std::unordered_map<std::string_view, std::size_t> index_{};
};

}  // namespace kolega::fleet
