#include "api/read_batch.hpp"

#include <algorithm>

#include "api/status.hpp"
#include "base/text.hpp"
#include "ingest/join.hpp"

namespace kolega::api {

namespace {

/// Before a second look at what did not agree: the server may still be writing it down.
constexpr Duration settle_time{1000};

/// Results of another batch or type must never be judged.
void require_ours(const ScanBatch& batch, const ingest::ResultsHead& head) {
  const auto what = "reading the results of scan batch " + batch.id + ": the answer is ";
  if (head.batch_id != batch.id) {
    throw Error(ErrorKind::api, what + "about another scan batch, '" + printable(head.batch_id, 80) + "'");
  }
  if (head.scan_type != batch.type) {
    throw Error(ErrorKind::api, what + "of another scan type, " + std::string(name_of(head.scan_type)));
  }
}

bool agrees(const ScanBatch& batch) {
  const bool same_status =
      batch.results_status == batch.status || (is_success(batch.results_status) && is_success(batch.status));
  return same_status && batch.findings_count == batch.rows_received;
}

void read_results(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows) {
  rows.clear();
  const auto head = context.client.results(batch.repository_id, batch.id, pool, rows);
  require_ours(batch, head);
  batch.results_status = head.status;
  batch.findings_count = head.findings_count;
  batch.rows_received = static_cast<std::int64_t>(rows.size());
}

/// A complete batch whose scans are not all assessed is asked about once more (POLICY, partial_failure).
void settle_progress(const RunContext& context, ScanBatch& batch) {
  if (!is_success(batch.status) || batch.scans_assessed >= batch.scans_completed) return;
  if (!context.wait_for(settle_time)) return;
  double percent = 0;
  take_progress(batch, context.client.progress(batch.repository_id, batch.id, percent));
}

}  // namespace

void take_progress(ScanBatch& batch, ScanBatch progress) {
  progress.origin = batch.origin;
  progress.created_at = batch.created_at;
  if (!progress.started_at) progress.started_at = batch.started_at;
  if (!progress.completed_at) progress.completed_at = batch.completed_at;
  batch = std::move(progress);
}

void read_rows(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows) {
  settle_progress(context, batch);
  read_results(context, batch, pool, rows);
  if (!agrees(batch) && context.wait_for(settle_time)) read_results(context, batch, pool, rows);
}

void read_details(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows,
                  std::uint32_t& next_twin) {
  const auto items = context.client.findings(batch.repository_id, batch.id, pool);
  const auto batch_start = batch.started_at ? batch.started_at : batch.created_at;
  batch.join = ingest::join(rows, items, pool, batch_start, next_twin);
  batch.details_read = true;
  for (std::size_t row = 0; row < rows.size(); ++row) next_twin = std::max(next_twin, rows.twin_group(row) + 1);
}

void read_batch(const RunContext& context, ScanBatch& batch, TextPool& pool, FindingRows& rows,
                std::uint32_t& next_twin) {
  FindingRows read;
  read_rows(context, batch, pool, read);
  if (context.options.details) {
    try {
      read_details(context, batch, pool, read, next_twin);
    } catch (const Error&) {
      // The results stand; what needs the details is undecided (POLICY, missing data).
      batch.details_error = fault_of_current_error(true).detail;
    }
  }
  rows.append(std::move(read));
}

}  // namespace kolega::api
