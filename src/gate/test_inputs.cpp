#include "gate/test_inputs.hpp"

#include <algorithm>

namespace kolega::gate {

namespace {

using policy::TestBatch;
using policy::TestCase;
using policy::TestFinding;

constexpr std::string_view unfinished = "the scan of this repository did not finish";

ScanBatch complete_batch(ScanType type, Instant at) {
  ScanBatch batch;
  batch.id = "test-" + std::string(name_of(type));
  batch.type = type;
  batch.status = batch.results_status = "completed";
  batch.total_repositories = batch.scans_created = batch.scans_completed = batch.scans_assessed = 1;
  batch.findings_count = 0;
  batch.repositories = {{.name = "test/repository", .status = "succeeded"}};
  batch.completed_at = at;
  batch.details_read = true;
  return batch;
}

/// One repository of two did not finish.
void make_partial(ScanBatch& batch) {
  batch.status = batch.results_status = "partial_failure";
  batch.total_repositories = batch.scans_created = 2;
  batch.scans_failed = 1;
  batch.repositories.push_back(
      {.name = "test/unfinished", .status = "failed", .status_reason = std::string(unfinished)});
}

void end(ScanBatch& batch, BatchEnding ending, std::string_view status) {
  batch.ending = ending;
  batch.status = status;
  batch.results_status.clear();
  batch.completed_at.reset();
}

/// Nothing for a scan that left no batch.
std::optional<ScanBatch> batch_of(ScanType type, TestBatch word, Instant at) {
  auto batch = complete_batch(type, at);
  switch (word) {
    case TestBatch::complete:
      return batch;
    case TestBatch::partial_failure:
      make_partial(batch);
      return batch;
    case TestBatch::failed:
      end(batch, BatchEnding::failed, "failed");
      return batch;
    case TestBatch::cancelled:
      end(batch, BatchEnding::failed, "cancelled");
      return batch;
    case TestBatch::timeout:
      end(batch, BatchEnding::timeout, "running");
      return batch;
    case TestBatch::quota:
      end(batch, BatchEnding::quota, "");
      return batch;
    case TestBatch::api:
      end(batch, BatchEnding::api, "");
      return batch;
    case TestBatch::missing:
      return std::nullopt;
    case TestBatch::no_details:
      batch.details_read = false;
      batch.details_error = "the finding list could not be read";
      return batch;
  }
  return batch;
}

TestBatch word_for(const TestCase& test, ScanType type) {
  const auto found = std::find_if(test.batches.begin(), test.batches.end(),
                                  [&](const auto& entry) { return entry.first == type; });
  return found == test.batches.end() ? test.batch : found->second;
}

class Builder {
 public:
  Builder(const TestCase& test, const policy::Policy& policy, Instant now) : test_(test) {
    inputs_.policy = policy;
    inputs_.scan_types = policy.scan.types;
    inputs_.at = test.at.value_or(now);
    inputs_.origin = Origin::file;
    inputs_.subject.branch = test.branch;
    inputs_.subject.target_branch = test.target_branch;
    if (!test.target_branch.empty()) inputs_.subject.change = "1";
  }

  Inputs run() {
    for (const auto type : inputs_.scan_types) {
      if (auto batch = batch_of(type, word_for(test_, type), inputs_.at))
        inputs_.batches.push_back(std::move(*batch));
    }
    for (const auto& finding : test_.findings) {
      for (std::uint64_t i = 0; i < finding.count; ++i) add(finding);
    }
    return std::move(inputs_);
  }

 private:
  TextList intern(const std::vector<std::string>& words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    return inputs_.findings.pool->intern_list(views);
  }

  void add(const TestFinding& given) {
    auto& pool = *inputs_.findings.pool;
    const auto type = given.scan_type.value_or(inputs_.scan_types.front());
    const auto batch = std::find_if(inputs_.batches.begin(), inputs_.batches.end(),
                                    [&](const ScanBatch& b) { return b.type == type; });
    if (batch == inputs_.batches.end()) return;  // its scan is missing, and with it the finding
    Finding finding;
    const auto own = "test-finding-" + std::to_string(inputs_.findings.rows.size() + 1);
    const bool named = !given.fingerprint.empty();
    // Several findings of one fingerprint would be one finding; the number keeps them apart.
    finding.fingerprint = pool.add(!named             ? own
                                   : given.count == 1 ? given.fingerprint
                                                      : given.fingerprint + "-" + own);
    finding.check_id = pool.intern(given.check_id);
    finding.path = pool.intern(given.path);
    finding.message = pool.intern(given.message);
    finding.severity_word = pool.intern(given.severity);
    finding.repository = pool.intern(given.repository);
    finding.cwe = intern(given.cwe);
    finding.owasp = intern(given.owasp);
    finding.line = finding.end_line = given.line;
    finding.batch = static_cast<std::uint16_t>(batch - inputs_.batches.begin());
    finding.scan_type = type;
    if (batch->details_read) add_details(given, own, finding);
    ++batch->rows_received;
    batch->findings_count = batch->rows_received;
    inputs_.findings.rows.push_back(finding);
  }

  void add_details(const TestFinding& given, const std::string& id, Finding& finding) {
    auto& pool = *inputs_.findings.pool;
    FindingDetails details;
    details.id = pool.add(id);
    details.status = pool.intern(given.status);
    details.category = pool.intern(given.category);
    details.cvss_score = given.cvss;
    if (given.age) details.first_detected_at = inputs_.at - *given.age;
    finding.details = pool.store(details);
    ++inputs_.batches[finding.batch].join.matched;
  }

  const TestCase& test_;
  Inputs inputs_;
};

}  // namespace

Inputs inputs_of_test(const policy::TestCase& test, const policy::Policy& policy, Instant now) {
  return Builder(test, policy, now).run();
}

}  // namespace kolega::gate
