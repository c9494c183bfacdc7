// Everything that a verdict depends on. Once this value exists, nothing reads clock, network or files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/finding.hpp"
#include "model/incomplete.hpp"
#include "model/repository.hpp"
#include "model/scan_batch.hpp"
#include "policy/policy.hpp"

namespace kolega::gate {

/// Where the facts came from. A sandbox run is marked in every output.
enum class Origin { live, sandbox, file };

/// A file that findings were read from.
struct SourceFile {
  std::string name{};
  std::string sha256{};
  std::string format{};                    ///< "sarif", "results", "semgrep", "record"
  std::string tool{};                      ///< the scanner's name and version, where it says
};

/// Somebody takes the verdict on themselves. Who and when is in the subject's actor and the instant.
struct Bypass {
  std::string reason{};
  std::string ticket{};
};

struct Inputs {
  std::optional<policy::Policy> policy{};  ///< nothing when the run ended before it was known
  bool trusted_policy{};                   ///< the policy is the base side's: it decides over a merge request
  std::optional<policy::Policy> head_policy{};  ///< beside a trusted one: the merge request's own
  std::optional<Bypass> bypass{};          ///< asked for; the verdict says whether it was needed
  std::vector<ScanType> scan_types{};      ///< what must be judged: --scan-type, else the policy's
  std::vector<ScanBatch> batches{};
  FindingSet findings{};
  Subject subject{};
  Instant at{};                            ///< the instant of the decision
  std::optional<policy::Mode> mode_cap{};
  std::vector<Gap> gaps{};                 ///< what could not be obtained
  std::vector<SourceFile> files{};
  std::vector<std::string> notes{};        ///< what the collector wants people to know ("type guessed from ...")
  Origin origin{Origin::live};
  std::string api_url{};
};

/// Puts batches, findings, gaps and files into canonical order (batch indices follow): arrival order must not show.
void canonicalise(Inputs& inputs);

}  // namespace kolega::gate
