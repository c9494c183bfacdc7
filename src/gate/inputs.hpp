// Everything that a verdict depends on. Once this value exists, nothing reads clock, network or files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/baseline.hpp"
#include "model/change_set.hpp"
#include "model/finding_set.hpp"
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
  std::string sha256{};                    ///< empty only where nothing that is written tells it
  std::string format{};                    ///< "sarif", "results", "semgrep", "record"
  std::string tool{};                      ///< the scanner's name and version, where it says
};

/// Somebody takes the verdict on themselves. Who and when is in the subject's actor and the instant.
struct Bypass {
  std::string reason{};
  std::string ticket{};
};

/// Why there is no baseline, or why the changes are not known.
struct Absence {
  bool none_yet{};                         ///< a baseline that does not exist: the policy's first_run decides
  Cause cause{Cause::context};
  std::string detail{};
  std::string hint{};                      ///< what to do now
  friend bool operator==(const Absence&, const Absence&) = default;
};

/// A fix that Kolega was asked for after the verdict (run --fix). No verdict depends on it: evaluate() does not read
/// it, and the reports only name it.
struct Fix {
  std::string place{};                     ///< what it fixes: a path, or a check where there is none
  std::vector<std::string> finding_ids{};
  std::string id{};                        ///< empty: none was started
  std::string status{};                    ///< the last word seen of it
  std::string detail{};                    ///< why it is not completed
  std::string diff{};                      ///< the file that its patch was saved to
  std::vector<std::string> pull_requests{};  ///< their addresses
  friend bool operator==(const Fix&, const Fix&) = default;
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
  std::optional<Baseline> baseline{};      ///< what findings are compared with
  std::optional<Absence> no_baseline{};    ///< why it is missing, where a rule needs it
  bool baseline_given{};                   ///< either of them is by --baseline, in place of what the policy names
  std::optional<ChangeSet> changes{};      ///< what the merge request changes
  std::optional<Absence> no_changes{};     ///< why that is not known, where a rule needs it
  std::vector<SourceFile> files{};
  std::vector<std::string> notes{};        ///< what the collector wants people to know ("type guessed from ...")
  Origin origin{Origin::live};
  std::string api_url{};
  std::vector<Fix> fixes{};                ///< comes after the verdict
};

/// Puts batches, findings, gaps and files into canonical order (batch indices follow): arrival order must not show.
/// Of baseline and changes it keeps what these findings can ask for: entries of the scan types that are judged, and
/// files that a finding lies in or a baseline entry has moved from.
void canonicalise(Inputs& inputs);

}  // namespace kolega::gate
