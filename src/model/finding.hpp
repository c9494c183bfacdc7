// A finding: what a scan batch reported, with what the server knows about it where the two could be joined.
// Facts only. Rank, disposition and the rules that count it belong to the verdict (gate/verdict.hpp).
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "model/scan_type.hpp"
#include "model/text_pool.hpp"

namespace kolega {

/// Facts of the server's finding list. Absent for a finding that was not joined.
struct FindingDetails {
  Text id{};
  Text status{};  ///< the word received
  Text title{};
  Text category{};
  Text cvss_vector{};
  TextList references{};
  std::optional<double> cvss_score{};
  std::optional<Instant> first_detected_at{};
  std::optional<Instant> last_detected_at{};
};

/// One finding unpacked; a list of them is a FindingRows (model/finding_set.hpp).
struct Finding {
  Fingerprint fingerprint{};
  Text check_id{};
  Text path{};  ///< as received; normalised in gate/normalise.hpp
  Text message{};
  Text severity_word{};  ///< as received
  Text repository{};     ///< full name, where it is known
  TextList cwe{};        ///< as received, for example "CWE-79" or "79"
  TextList owasp{};
  Text line_hash{};  ///< of the source line, where the checkout could be read (ingest/line_hash.hpp)
  const FindingDetails* details{};
  std::uint32_t line{};  ///< from 1; 0 = unknown
  std::uint32_t end_line{};
  /// Findings with one check, path and message whose details could not be told apart share a number > 0.
  std::uint32_t twin_group{};
  std::uint16_t batch{};  ///< index into Inputs::batches
  ScanType scan_type{};
  bool line_assigned{};  ///< the line was dealt out within a twin group, it is not known
};

}  // namespace kolega
