// Readable inputs for tests of the verdict: a policy from YAML, batches that are complete unless told
// otherwise.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gate/record.hpp"
#include "policy/load.hpp"

namespace kolega::test {

/// A batch that ended well: one repository scanned, nothing failed. The counts follow the findings added.
inline ScanBatch complete_batch(ScanType type = ScanType::semgrep_scan, std::string id = "b-1") {
  ScanBatch batch;
  batch.id = std::move(id);
  batch.type = type;
  batch.status = batch.results_status = "completed";
  batch.total_repositories = batch.scans_created = batch.scans_completed = batch.scans_assessed = 1;
  batch.findings_count = 0;
  batch.repositories = {{.name = "acme/app", .branch = "main", .status = "succeeded"}};
  batch.details_read = true;
  return batch;
}

struct Row {
  std::string fingerprint{};
  std::string severity{"high"};
  std::string path{"src/a.c"};
  std::string check_id{"check"};
  std::string message{"message"};
  std::string status{"open"};  ///< "" = no details were joined
  std::vector<std::string> cwe{};
  std::vector<std::string> owasp{};
  std::uint16_t batch{};
  std::optional<double> cvss{};  ///< this and what follows needs a status
  std::string category{};
  std::string first_detected_at{};
  std::uint32_t line{};
  std::uint32_t end_line{};
  std::uint32_t twin_group{};
};

class InputsBuilder {
 public:
  explicit InputsBuilder(
      const std::string& policy = "gate: v1\nscan: {types: [semgrep_scan]}\nthresholds: {high: 0}\n") {
    inputs_.policy = policy::parse_policy(policy, "policy.yaml");
    inputs_.scan_types = inputs_.policy->scan.types;
    inputs_.at = *parse_instant("2026-11-23T12:00:00Z");
  }
  InputsBuilder& batch(ScanBatch batch) {
    inputs_.batches.push_back(std::move(batch));
    return *this;
  }
  InputsBuilder& finding(const Row& row) {
    auto& pool = *inputs_.findings.pool;
    const auto words = [](const std::vector<std::string>& list) {
      return std::vector<std::string_view>(list.begin(), list.end());
    };
    Finding finding;
    finding.fingerprint = pool.add_fingerprint(row.fingerprint);
    finding.severity_word = pool.intern(row.severity);
    finding.path = pool.intern(row.path);
    finding.check_id = pool.intern(row.check_id);
    finding.message = pool.add(row.message);
    finding.cwe = pool.intern_list(words(row.cwe));
    finding.owasp = pool.intern_list(words(row.owasp));
    finding.batch = row.batch;
    finding.line = row.line;
    finding.end_line = row.end_line;
    finding.twin_group = row.twin_group;
    auto& batch = inputs_.batches.at(row.batch);
    finding.scan_type = batch.type;
    ++batch.rows_received;
    batch.findings_count = batch.findings_count.value_or(0) + 1;
    if (!row.status.empty()) {
      FindingDetails details;
      details.status = pool.intern(row.status);
      details.id = pool.add("id-" + row.fingerprint);
      details.cvss_score = row.cvss;
      details.category = pool.intern(row.category);
      details.first_detected_at = parse_instant(row.first_detected_at);
      finding.details = pool.store(details);
      ++batch.join.matched;
    }
    inputs_.findings.rows.push_back(finding);
    return *this;
  }
  gate::Inputs& inputs() { return inputs_; }
  gate::DecisionRecord decide() const { return gate::decide(inputs_); }

 private:
  gate::Inputs inputs_{};
};

}  // namespace kolega::test
