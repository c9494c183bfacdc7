// How a batch looks at one moment: its status word, counters and rows, computed from the time that has passed and
// from what its feed delivered. Pure. Not for: JSON (handlers_scans.cpp).
#pragma once

#include <span>

#include "sandbox/store.hpp"

namespace kolega::sandbox {

/// One source repository inside a batch.
struct ScanRow {
  std::string repository{};
  std::string status{"pending"};           ///< pending, running, succeeded, failed
  std::string reason{};
  std::optional<std::int64_t> findings_count{};
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{};
};

struct BatchView {
  std::string status{};
  bool ended{};
  bool whole{};                            ///< ended, and nothing is missing: what it did not see is gone
  double percent{};
  std::int64_t total{};
  std::int64_t created{};
  std::int64_t failed{};
  std::int64_t completed{};
  std::int64_t assessed{};
  std::string error_message{};
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{};
  std::vector<ScanRow> rows{};
};

/// When the batch ends; nothing while that is not known (its feed is at work, or it never ends).
std::optional<sys::SteadyTime> find_end(const Store& store, const BatchRecord& batch);

BatchView view_batch(const Store& store, const BatchRecord& batch, sys::SteadyTime now);

/// The findings of the batch that its repository and its results show: none before the end or of a failed scan.
std::span<const Finding> served_findings(const BatchRecord& batch, const BatchView& view);

}  // namespace kolega::sandbox
