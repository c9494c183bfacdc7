// The status words of a batch that mean an end. Any other word, also one nobody knows, means: not yet.
// Not for: what a batch that was waited for is worth (gate/grade.hpp).
#pragma once

#include <array>
#include <string_view>

#include "model/scan_batch.hpp"

namespace kolega::api {

constexpr bool is_success(std::string_view status) {
  return status == "completed" || status == "succeeded";
}

/// Ended without results to read.
constexpr bool is_failure(std::string_view status) {
  return status == "failed" || status == "cancelled" || status == "canceled";
}

constexpr bool is_final(std::string_view status) {
  return is_success(status) || is_failure(status) || status == "partial_failure";
}

/// The words that the API is known to use of a batch, for who types one.
inline constexpr std::array<std::string_view, 10> status_words{"queued",    "creating_scans",  "scanning", "assessing", "completed",
                                                               "succeeded", "partial_failure", "failed",   "cancelled", "canceled"};

/// In a list: it ended well, and nothing in it failed or was left out.
inline bool is_complete(const ScanBatch& batch) {
  return is_success(batch.status) && batch.total_repositories > 0 && batch.scans_failed == 0 &&
         batch.scans_created >= batch.total_repositories &&
         batch.scans_completed >= batch.total_repositories && batch.scans_assessed >= batch.scans_completed;
}

}  // namespace kolega::api
