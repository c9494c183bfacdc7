// A scan batch: one scan of one type over a repository, as the API tells of it, and how our wait for it ended.
// Facts only; what they are worth is its grade (gate/grade.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/scan_type.hpp"

namespace kolega {

/// One source repository inside a batch, from /progress.
struct ScanBatchRepository {
  std::string name{};
  std::string branch{};
  std::string status{};
  std::string status_reason{};
  std::optional<std::int64_t> findings_count{};
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{};
  friend bool operator==(const ScanBatchRepository&, const ScanBatchRepository&) = default;
};

/// How the collector's work on a batch ended.
enum class BatchEnding {
  read,          ///< a final status, and the results were read
  not_started,   ///< never triggered (quota, error): `ending_detail` says why
  timeout,       ///< still running when our patience ended
  quota,         ///< 403 with a quota type
  api,           ///< network or API error after retries
  failed,        ///< the batch ended failed or cancelled: there are no results to read
};

/// How the batch came to us.
enum class BatchOrigin { triggered, attached, reused, resumed, file };

/// What the join of results with finding details saw (ingest/join.hpp).
struct JoinSummary {
  std::uint64_t matched{};
  std::uint64_t twins{};                 ///< results inside twin groups
  std::uint64_t unmatched_results{};
  std::uint64_t unmatched_findings{};
  std::uint64_t unmatched_active{};      ///< of those: active and seen at or after the batch's start
  friend bool operator==(const JoinSummary&, const JoinSummary&) = default;
};

struct ScanBatch {
  std::string id{};
  std::string repository_id{};
  ScanType type{};
  std::string status{};                  ///< the last word of /progress
  std::string results_status{};          ///< the word of /results; empty when not read
  std::string error_message{};
  std::int64_t total_repositories{};
  std::int64_t scans_created{};
  std::int64_t scans_failed{};
  std::int64_t scans_completed{};
  std::int64_t scans_assessed{};
  std::optional<std::int64_t> findings_count{};  ///< what /results says it holds
  std::int64_t rows_received{};                  ///< rows that were read from it
  std::optional<Instant> created_at{};
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{};
  std::vector<ScanBatchRepository> repositories{};
  BatchOrigin origin{BatchOrigin::triggered};
  BatchEnding ending{BatchEnding::read};
  std::string ending_detail{};
  /// Finding details were read for it; without them nothing that needs them can be known, and no triage applies.
  bool details_read{};
  std::string details_error{};           ///< why they could not be read, when that was tried
  JoinSummary join{};
  /// Of a file: what the file itself says of its completeness; empty = complete. Each becomes a reason for `partial`.
  std::vector<std::string> shortcomings{};
  friend bool operator==(const ScanBatch&, const ScanBatch&) = default;
};

}  // namespace kolega
