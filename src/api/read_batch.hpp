// Reads a batch that has ended: its results, the findings of the server, and joins them.
// Not for: waiting for the end (scan_runner.cpp).
#pragma once

#include "api/run_context.hpp"

namespace kolega::api {

/// Fills the counts of `batch` and appends its rows to `rows`. What disagrees is read once more; what still
/// disagrees is a fact of the batch. Throws when the results cannot be read; findings that cannot be read are
/// ScanBatch::details_error. Twin groups are numbered from `next_twin` on, which moves behind them.
void read_batch(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows,
                std::uint32_t& next_twin);

/// The two parts of it, for who plans each request. `rows` are the batch's own and replaced. Both throw; when the
/// details cannot be had that is ScanBatch::details_error, which is the caller's to set.
void read_rows(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows);
void read_details(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows,
                  std::uint32_t& next_twin);

/// Takes over what /progress says, and keeps what only we or other calls know.
void take_progress(ScanBatch& batch, ScanBatch progress);

}  // namespace kolega::api
