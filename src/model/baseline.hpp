// The findings that were accepted as known: fingerprints with counts, and enough beside them to follow a rename.
// Not for: its file form (gate/baseline_file.hpp) or what is new against it (gate/).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/scan_type.hpp"
#include "model/severity.hpp"

namespace kolega {

struct BaselineEntry {
  ScanType scan_type{};
  std::string fingerprint{};
  std::string path{};                    ///< folded (gate/normalise.hpp)
  std::string check_id{};
  Severity severity{};
  std::string message_sha256{};          ///< the first 16 digits, of the collapsed message
  std::uint64_t count{1};                ///< how many findings it stands for; it never absorbs more
  std::vector<int> cwe{};                ///< so that a ratchet can ask the same `when`
  std::vector<std::string> owasp{};
  friend auto operator<=>(const BaselineEntry&, const BaselineEntry&) = default;
  friend bool operator==(const BaselineEntry&, const BaselineEntry&) = default;
};

struct Baseline {
  std::vector<BaselineEntry> entries{};  ///< sorted
  std::string origin{};                  ///< for people: "file:.kolega/baseline.json", "batch 42"
  std::string sha256{};                  ///< of the file, or of the canonical form when it was made from a batch
  bool complete{true};                   ///< made from complete batches only
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

}  // namespace kolega
