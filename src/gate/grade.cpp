#include "gate/grade.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::gate {

namespace {

bool is_success(std::string_view status) {
  return status == "completed" || status == "succeeded";
}

std::string count_of(std::int64_t part, std::int64_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

/// What the counters of /progress say against a whole scan. A file has no such counters.
void check_counters(const ScanBatch& batch, std::vector<std::string>& reasons) {
  if (batch.total_repositories <= 0) {
    reasons.push_back("it scanned no repository");
    return;
  }
  if (batch.scans_failed != 0)
    reasons.push_back(plural(static_cast<std::size_t>(batch.scans_failed), "scan") + " failed");
  if (batch.scans_created < batch.total_repositories) {
    reasons.push_back("only " + count_of(batch.scans_created, batch.total_repositories) +
                      " scans were created");
  }
  if (batch.scans_completed < batch.total_repositories) {
    reasons.push_back("only " + count_of(batch.scans_completed, batch.total_repositories) +
                      " scans completed");
  }
  if (batch.scans_assessed < batch.scans_completed) {
    reasons.push_back("only " + count_of(batch.scans_assessed, batch.scans_completed) +
                      " completed scans were assessed");
  }
}

void check_repositories(const ScanBatch& batch, std::vector<std::string>& reasons) {
  std::int64_t sum = 0;
  bool all_known = !batch.repositories.empty();
  for (const auto& repository : batch.repositories) {
    if (!is_success(repository.status)) {
      auto reason = "repository " + repository.name + " is " +
                    (repository.status.empty() ? "unknown" : repository.status);
      if (!repository.status_reason.empty()) reason += ": " + repository.status_reason;
      reasons.push_back(std::move(reason));
    }
    all_known = all_known && repository.findings_count.has_value();
    // Saturates: counts of a hostile answer must not overflow.
    if (repository.findings_count)
      sum = std::min<std::int64_t>(1LL << 40,
                                   sum + std::clamp<std::int64_t>(*repository.findings_count, 0, 1LL << 40));
  }
  if (all_known && batch.findings_count && sum != *batch.findings_count) {
    reasons.push_back("its repositories report " + std::to_string(sum) + " findings, its results " +
                      std::to_string(*batch.findings_count));
  }
}

void check_results(const ScanBatch& batch, std::vector<std::string>& reasons) {
  if (!batch.findings_count) {
    reasons.push_back("its results do not say how many findings there are");
  } else if (*batch.findings_count != batch.rows_received) {
    reasons.push_back(
        "its results announce " +
        plural(static_cast<std::size_t>(std::max<std::int64_t>(0, *batch.findings_count)), "finding") +
        " but hold " + std::to_string(batch.rows_received));
  }
  if (batch.join.unmatched_active > 0) {
    reasons.push_back(plural(batch.join.unmatched_active, "active finding") + " of this scan " +
                      (batch.join.unmatched_active == 1 ? "is" : "are") + " missing from its results");
  }
}

BatchVerdict grade_read(const ScanBatch& batch) {
  BatchVerdict verdict;
  auto& reasons = verdict.reasons;
  if (!is_success(batch.status)) reasons.push_back("its status is '" + batch.status + "'");
  if (batch.origin != BatchOrigin::file) {
    const bool agree = batch.results_status == batch.status ||
                       (is_success(batch.results_status) && is_success(batch.status));
    if (!agree) {
      reasons.push_back("its progress says '" + batch.status + "', its results say '" + batch.results_status +
                        "'");
    }
    check_counters(batch, reasons);
    check_repositories(batch, reasons);
  }
  check_results(batch, reasons);
  reasons.insert(reasons.end(), batch.shortcomings.begin(), batch.shortcomings.end());
  if (!reasons.empty() && !batch.error_message.empty()) reasons.push_back(batch.error_message);
  verdict.grade = reasons.empty() ? Grade::complete : Grade::partial;
  return verdict;
}

BatchVerdict not_read(Grade grade, const ScanBatch& batch, std::string_view otherwise) {
  BatchVerdict verdict{grade, {}};
  verdict.reasons.push_back(batch.ending_detail.empty() ? std::string(otherwise) : batch.ending_detail);
  if (!batch.error_message.empty()) verdict.reasons.push_back(batch.error_message);
  for (const auto& repository : batch.repositories) {
    // The server's own message mostly repeats them.
    if (!repository.status_reason.empty() && batch.error_message.find(repository.status_reason) == std::string::npos)
      verdict.reasons.push_back("repository " + repository.name + ": " + repository.status_reason);
  }
  return verdict;
}

}  // namespace

BatchVerdict grade(const ScanBatch& batch) {
  switch (batch.ending) {
    case BatchEnding::read:
      return grade_read(batch);
    case BatchEnding::not_started:
      return not_read(Grade::failed, batch, "it was never started");
    case BatchEnding::timeout:
      return not_read(Grade::timeout, batch, "it was still running when the timeout ended");
    case BatchEnding::quota:
      return not_read(Grade::quota, batch, "the quota is exhausted");
    case BatchEnding::api:
      return not_read(Grade::api, batch, "the API gave no usable answer");
    case BatchEnding::failed:
      return not_read(Grade::failed, batch, "its status is '" + batch.status + "'");
  }
  return {Grade::failed, {"unknown ending"}};
}

Cause cause_of(Grade grade) {
  switch (grade) {
    case Grade::complete:
    case Grade::partial:
      return Cause::partial;
    case Grade::failed:
      return Cause::failed;
    case Grade::timeout:
      return Cause::timeout;
    case Grade::quota:
      return Cause::quota;
    case Grade::api:
      return Cause::api;
  }
  return Cause::failed;
}

}  // namespace kolega::gate
