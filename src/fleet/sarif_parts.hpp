// The results of a fleet as SARIF, in as many files as code scanning's limits ask for: NAME.1.sarif, NAME.2.sarif, ...
// Not for: a run inside them (report/sarif.cpp).
#pragma once

#include <string>
#include <vector>

#include "fleet/summary.hpp"
#include "report/formats.hpp"

namespace kolega::fleet {

/// What a file may hold: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
/// (20 runs, 25,000 results a run of which 5,000 are kept, 10 MB compressed). A file that is smaller than the last
/// before it is compressed is so behind it.
struct SarifLimits {
  std::size_t runs{20};
  std::size_t results{5000};               ///< of a run
  std::size_t bytes{10'000'000 - 64 * 1024};
};

/// "out/fleet.sarif" and 2 are "out/fleet.2.sarif".
std::string part_path(const std::string& path, std::size_t number);

/// Writes the files, each whole or not at all, a run a repository in order of the ids (a repository beyond a limit has
/// several); together they hold every result. Repositories without a record are notifications of a run of the fleet's
/// own, so that a gap never looks like a clean scan. Files of an earlier run with higher numbers are taken away. Gives
/// the files' names. One record at a time is in memory.
/// Throws Error(output), and Error(input) for a record that does not hold.
std::vector<std::string> write_sarif_parts(const Fleet& fleet, const Summary& summary, const std::string& path,
                                           report::SarifProfile profile, const SarifLimits& limits = {});

}  // namespace kolega::fleet
