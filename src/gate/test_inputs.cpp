#include "gate/test_inputs.hpp"

#include <algorithm>

#include "gate/baseline_file.hpp"

namespace kolega::gate {

namespace {

using policy::TestBatch;
using policy::TestCase;
using policy::TestFinding;

constexpr std::string_view unfinished = "the scan of this repository did not finish";

ScanBatch complete_batch(ScanType type, Instant at) {
  ScanBatch batch;
  batch.origin = BatchOrigin::file;  // a test supposes findings, not a scan of some branch
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

/// One finding of a test, with the fingerprint that tells it from the others.
struct Numbered {
  const TestFinding* given{};
  std::string fingerprint{};
};

/// Several of one fingerprint would be one finding; a number keeps them apart.
std::vector<Numbered> number(const std::vector<TestFinding>& findings, std::string_view prefix) {
  std::vector<Numbered> out;
  for (const auto& finding : findings) {
    for (std::uint64_t i = 0; i < finding.count; ++i) {
      const auto own = std::string(prefix) + std::to_string(out.size() + 1);
      const bool alone = finding.count == 1;
      out.push_back({&finding, finding.fingerprint.empty() ? own
                               : alone                     ? finding.fingerprint
                                                           : finding.fingerprint + "-" + own});
    }
  }
  return out;
}

class Builder {
 public:
  Builder(const policy::Policy& policy, Instant at) {
    inputs_.policy = policy;
    inputs_.scan_types = policy.scan.types;
    inputs_.at = at;
    inputs_.origin = Origin::file;
  }

  void add_batches(const TestCase& test) {
    for (const auto type : inputs_.scan_types) {
      if (auto batch = batch_of(type, word_for(test, type), inputs_.at))
        inputs_.batches.push_back(std::move(*batch));
    }
  }

  void add(const Numbered& numbered) {
    const auto& given = *numbered.given;
    auto& pool = *inputs_.findings.pool;
    const auto type = given.scan_type.value_or(inputs_.scan_types.front());
    const auto batch = std::find_if(inputs_.batches.begin(), inputs_.batches.end(),
                                    [&](const ScanBatch& b) { return b.type == type; });
    if (batch == inputs_.batches.end()) return;  // a policy is not read with such a test
    Finding finding;
    finding.fingerprint = pool.add_fingerprint(numbered.fingerprint);
    finding.check_id = pool.intern(given.check_id);
    finding.path = pool.intern(given.path);
    finding.message = pool.add(given.message.empty() ? "finding " + numbered.fingerprint : given.message);
    finding.severity_word = pool.intern(given.severity);
    finding.repository = pool.intern(given.repository);
    finding.cwe = intern(given.cwe);
    finding.owasp = intern(given.owasp);
    finding.line = finding.end_line = given.line;
    finding.batch = static_cast<std::uint16_t>(batch - inputs_.batches.begin());
    finding.scan_type = type;
    if (batch->details_read) add_details(numbered, finding);
    ++batch->rows_received;
    batch->findings_count = batch->rows_received;
    inputs_.findings.rows.push_back(finding);
  }

  Inputs& inputs() { return inputs_; }

 private:
  TextList intern(const std::vector<std::string>& words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    return inputs_.findings.pool->intern_list(views);
  }

  void add_details(const Numbered& numbered, Finding& finding) {
    const auto& given = *numbered.given;
    auto& pool = *inputs_.findings.pool;
    FindingDetails details;
    details.id = pool.add("id-" + numbered.fingerprint);
    details.status = pool.intern(given.status);
    details.category = pool.intern(given.category);
    details.cvss_score = given.cvss;
    details.first_detected_at = first_detected(given);
    finding.details = pool.store(details);
    ++inputs_.batches[finding.batch].join.matched;
  }

  std::optional<Instant> first_detected(const TestFinding& given) const {
    if (given.age) return inputs_.at - *given.age;
    const auto& baseline = inputs_.policy->baseline;
    if (given.is_new || !baseline || baseline->from != policy::BaselineSettings::From::detected_before)
      return std::nullopt;
    return baseline->before - std::chrono::hours(1);
  }

  Inputs inputs_;
};

/// What the baseline holds, made as `baseline write` makes it: of a complete scan that found just that.
Baseline baseline_of_test(const TestCase& test, const std::vector<Numbered>& findings,
                          const policy::Policy& policy, Instant at) {
  Builder builder(policy, at);
  builder.add_batches({});
  for (const auto& finding : findings) {
    if (!finding.given->is_new) builder.add(finding);
  }
  const auto more = test.baseline.value_or(std::vector<TestFinding>{});
  for (const auto& finding : number(more, "test-baseline-")) builder.add(finding);
  auto baseline = baseline_of_inputs(std::move(builder.inputs()));
  baseline.origin = "the test's";
  return baseline;
}

void set_reference(const TestCase& test, const std::vector<Numbered>& findings, Inputs& inputs) {
  using From = policy::BaselineSettings::From;
  const auto& settings = inputs.policy->baseline;
  if (test.no_baseline) {
    inputs.no_baseline = Absence{.none_yet = true, .detail = "the test says that there is no baseline yet"};
  } else if (settings && settings->from != From::detected_before) {
    inputs.baseline = baseline_of_test(test, findings, *inputs.policy, inputs.at);
  }
  if (test.changed) inputs.changes = ChangeSet{.files = *test.changed, .origin = "the test"};
}

}  // namespace

Inputs inputs_of_test(const policy::TestCase& test, const policy::Policy& policy, Instant now) {
  Builder builder(policy, test.at.value_or(now));
  builder.add_batches(test);
  const auto findings = number(test.findings, "test-finding-");
  for (const auto& finding : findings) builder.add(finding);
  auto& inputs = builder.inputs();
  inputs.subject.branch = test.branch;
  inputs.subject.target_branch = test.target_branch;
  if (!test.target_branch.empty()) inputs.subject.change = "1";
  set_reference(test, findings, inputs);
  return std::move(inputs);
}

}  // namespace kolega::gate
