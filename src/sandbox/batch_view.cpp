#include "sandbox/batch_view.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::sandbox {

namespace {

enum class Phase { queued, creating_scans, scanning, assessing, ended };

/// Shares of scan_duration at which a phase is over.
constexpr double queued_until = 0.10;
constexpr double creating_until = 0.20;
constexpr double scanning_until = 0.85;

struct Timeline {
  sys::SteadyTime created{};
  sys::SteadyTime queued_end{};
  sys::SteadyTime creating_end{};
  std::optional<sys::SteadyTime> scanning_end{};  ///< known once the feed is through
  std::optional<sys::SteadyTime> end{};
  sys::SteadyTime expected_end{};
};

/// A feed that takes longer than scan_duration stretches the scanning phase; the others keep their length.
Timeline timeline_of(const Store& store, const BatchRecord& batch) {
  const auto share = [&store](double part) {
    return std::chrono::duration_cast<sys::SteadyTime::duration>(
        part * std::chrono::duration<double, std::milli>(store.config.scan_duration));
  };
  Timeline line;
  line.created = batch.created.steady;
  line.queued_end = line.created + share(queued_until);
  line.creating_end = line.created + share(creating_until);
  line.expected_end = line.created + share(1.0);
  if (!batch.harvest || feed_of(store, batch).never_ends) return line;
  line.scanning_end = std::max(line.created + share(scanning_until), batch.harvested);
  line.end = *line.scanning_end + share(1.0 - scanning_until);
  return line;
}

Phase phase_at(const Timeline& line, sys::SteadyTime now) {
  if (line.end && now >= *line.end) return Phase::ended;
  if (line.scanning_end && now >= *line.scanning_end) return Phase::assessing;
  if (now >= line.creating_end) return Phase::scanning;
  return now >= line.queued_end ? Phase::creating_scans : Phase::queued;
}

Instant wall_time(const BatchRecord& batch, sys::SteadyTime at) {
  return batch.created.wall +
         std::chrono::duration_cast<std::chrono::microseconds>(at - batch.created.steady);
}

double percent_at(const Timeline& line, Phase phase, sys::SteadyTime now) {
  if (phase == Phase::ended) return 100;
  const auto whole = std::chrono::duration<double>(line.expected_end - line.created).count();
  const auto passed = std::chrono::duration<double>(now - line.created).count();
  const double most = phase == Phase::assessing ? 99 : 100 * scanning_until;
  const double percent = whole > 0 ? 100 * passed / whole : 0;
  return std::clamp(static_cast<double>(static_cast<int>(std::min(percent, most) * 10)) / 10, 0.0, most);
}

constexpr auto scripted_failure =
    "this scan fails because the sandbox's configuration says so (scans_failed)";

/// The first row is the real scan; further ones exist only where the configuration asks for them.
std::vector<ScanRow> finished_rows(const Store& store, const BatchRecord& batch) {
  const auto& feed = feed_of(store, batch);
  const auto& name = store.repositories[batch.repository].config.full_name;
  std::vector<ScanRow> rows;
  for (std::int64_t i = 0; i < feed.total_repositories; ++i) {
    ScanRow row;
    row.repository = i == 0 ? name : name + "-" + std::to_string(i + 1);
    const bool real = i == 0;
    const bool scripted = i >= feed.total_repositories - feed.scans_failed;
    const bool failed = scripted || (real && !batch.harvest->usable);
    row.status = failed ? "failed" : "succeeded";
    if (scripted) {
      row.reason = scripted_failure;
    } else if (real) {
      row.reason = join(batch.harvest->problems, "; ");
    }
    if (!failed)
      row.findings_count = real ? static_cast<std::int64_t>(batch.harvest->findings.rows.size()) : 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ScanRow> unfinished_rows(const Store& store, const BatchRecord& batch, Phase phase) {
  const auto& name = store.repositories[batch.repository].config.full_name;
  std::vector<ScanRow> rows;
  for (std::int64_t i = 0; i < feed_of(store, batch).total_repositories; ++i) {
    ScanRow row;
    row.repository = i == 0 ? name : name + "-" + std::to_string(i + 1);
    if (phase == Phase::scanning) row.status = "running";
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string final_status(const Feed& feed, const BatchView& view, const Harvest& harvest) {
  if (!feed.final_status.empty()) return feed.final_status;
  if (view.total > 0 && view.failed >= view.total) return "failed";
  return view.failed > 0 || !harvest.problems.empty() ? "partial_failure" : "completed";
}

std::string error_message(const BatchView& view) {
  std::vector<std::string> reasons;
  for (const auto& row : view.rows) {
    if (!row.reason.empty()) reasons.push_back(row.repository + ": " + row.reason);
  }
  return join(reasons, "; ");
}

void fill_finished(BatchView& view, const Feed& feed, Phase phase) {
  view.failed = std::count_if(view.rows.begin(), view.rows.end(),
                              [](const auto& row) { return row.status == "failed"; });
  view.completed = view.total - view.failed;
  if (phase == Phase::ended) view.assessed = feed.scans_assessed.value_or(view.completed);
}

std::string status_word(Phase phase, const Feed& feed, const BatchView& view, const BatchRecord& batch) {
  switch (phase) {
    case Phase::queued:
      return "queued";
    case Phase::creating_scans:
      return "creating_scans";
    case Phase::scanning:
      return "scanning";
    case Phase::assessing:
      return "assessing";
    case Phase::ended:
      return final_status(feed, view, *batch.harvest);
  }
  return {};
}

}  // namespace

std::optional<sys::SteadyTime> find_end(const Store& store, const BatchRecord& batch) {
  return timeline_of(store, batch).end;
}

BatchView view_batch(const Store& store, const BatchRecord& batch, sys::SteadyTime now) {
  const auto line = timeline_of(store, batch);
  const auto phase = phase_at(line, now);
  const auto& feed = feed_of(store, batch);
  BatchView view;
  view.ended = phase == Phase::ended;
  view.percent = percent_at(line, phase, now);
  view.total = feed.total_repositories;
  if (phase >= Phase::creating_scans) view.started_at = wall_time(batch, line.queued_end);
  if (phase >= Phase::scanning) view.created = view.total;
  const bool finished = phase >= Phase::assessing;
  view.rows = finished ? finished_rows(store, batch) : unfinished_rows(store, batch, phase);
  if (finished) fill_finished(view, feed, phase);
  view.status = status_word(phase, feed, view, batch);
  if (view.ended) {
    view.completed_at = wall_time(batch, *line.end);
    view.error_message = error_message(view);
    view.whole =
        view.status == "completed" && view.failed == 0 && view.total > 0 && batch.harvest->problems.empty();
  }
  for (auto& row : view.rows) {
    if (phase >= Phase::scanning) row.started_at = wall_time(batch, line.creating_end);
    if (finished) row.completed_at = wall_time(batch, *line.scanning_end);
  }
  return view;
}

std::span<const Finding> served_findings(const BatchRecord& batch, const BatchView& view) {
  const bool scanned = view.ended && !view.rows.empty() && view.rows.front().status == "succeeded";
  return scanned ? std::span<const Finding>(batch.harvest->findings.rows) : std::span<const Finding>{};
}

}  // namespace kolega::sandbox
