// Bytes of a saved file -> findings: /results JSON, SARIF of any scanner, Semgrep's JSON. Which it is is
// found out. Streams: memory grows by the finding, not by the document. Decision records are read by
// gate/record.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_source.hpp"
#include "model/finding_set.hpp"
#include "model/scan_batch.hpp"

namespace kolega::ingest {

enum class Format { results, sarif, semgrep, record };

/// Looks at the top-level members only; nothing when it is none of them. `start` is the first bytes of the
/// file (64 KiB or the whole); members may come in any order, so the whole text is needed for certainty.
std::optional<Format> detect_format(std::string_view text);

/// One scan that a file holds: SARIF has one a run, the others exactly one.
struct ForeignScan {
  ScanBatch batch{};                ///< origin file, counts filled, `shortcomings` say what makes it partial
  FindingRows findings{};  ///< Finding::batch is 0; the caller renumbers
  std::vector<bool> line_identity{};  ///< for assign_fingerprints()
  std::string tool{};               ///< "Flawfinder 2.0.19"
  std::optional<ScanType> guessed{};  ///< from the tool's name or the file; nothing when it cannot be told
  std::vector<std::string> notes{};   ///< what was odd but survivable, said to people
};

struct ForeignFile {
  Format format{};
  std::vector<ForeignScan> scans{};
};

/// Reads a whole file in one pass into `pool`. Throws Error(input) that names the file, the byte and the
/// path. What is invalid but can be survived (a result without message, a bad date) is counted and noted,
/// never dropped: a result that cannot be read at all makes its scan partial.
ForeignFile read_foreign(const TextSource& source, const std::string& file, TextPool& pool);

/// Gives each finding without a usable fingerprint of its own one made of rule, path, message and the
/// occurrence number, so that rows are counted and never collapsed (used by the readers; exposed for the
/// sandbox). Findings of `line_identity`, which may be empty, have a fingerprint that findings of other rules on the same
/// line may have in another file (GitHub's primaryLocationLineHash, which makes an identity together with path and rule):
/// the rule is put behind it.
void assign_fingerprints(FindingRows& findings, TextPool& pool, const std::vector<bool>& line_identity);

/// Which kind of scan a scanner does, from its name: one table.
std::optional<ScanType> guess_scan_type(std::string_view tool);

}  // namespace kolega::ingest
