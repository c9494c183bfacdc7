// Readable decision records for tests of the report writers: finding().severity("high").path("src/a.c").
// Not for: tests of the verdict, which start from a policy's text (inputs.hpp).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gate/record.hpp"
#include "support/inputs.hpp"

namespace kolega::test {

/// A finding with plain values; setters return it, so that a test names only what it is about.
class FindingBuilder {
 public:
  explicit FindingBuilder(std::string fingerprint) : fingerprint_(std::move(fingerprint)) {}
  FindingBuilder& severity(std::string word) { return set(severity_, std::move(word)); }
  FindingBuilder& path(std::string path) { return set(path_, std::move(path)); }
  FindingBuilder& check(std::string id) { return set(check_, std::move(id)); }
  FindingBuilder& message(std::string text) { return set(message_, std::move(text)); }
  FindingBuilder& title(std::string text) { return set(title_, std::move(text)); }
  FindingBuilder& status(std::string word) { return set(status_, std::move(word)); }
  FindingBuilder& cwe(std::vector<std::string> words) { return set(cwe_, std::move(words)); }
  FindingBuilder& owasp(std::vector<std::string> words) { return set(owasp_, std::move(words)); }
  FindingBuilder& cvss(float score) { return set(cvss_, score); }
  FindingBuilder& batch(std::uint16_t index) { return set(batch_, index); }
  FindingBuilder& lines(std::uint32_t first, std::uint32_t last = 0) {
    line_ = first;
    return set(end_line_, last);
  }
  FindingBuilder& twin(std::uint32_t group) { return set(twin_, group); }

  Finding build(TextPool& pool, const std::vector<ScanBatch>& batches) const {
    const auto list = [&](const std::vector<std::string>& words) {
      return pool.intern_list(std::vector<std::string_view>(words.begin(), words.end()));
    };
    FindingDetails details;
    details.id = pool.add("id-" + fingerprint_);
    details.status = pool.intern(status_);
    details.title = pool.add(title_);
    details.cvss_score = cvss_;
    details.first_detected_at = parse_instant("2026-11-01T08:00:00Z");
    Finding finding;
    finding.fingerprint = pool.add_fingerprint(fingerprint_);
    finding.check_id = pool.intern(check_);
    finding.path = pool.intern(path_);
    finding.message = pool.add(message_);
    finding.severity_word = pool.intern(severity_);
    finding.cwe = list(cwe_);
    finding.owasp = list(owasp_);
    finding.details = pool.store(details);
    finding.line = line_;
    finding.end_line = end_line_;
    // As if the checkout could be read for findings with a line.
    if (line_ > 0) finding.line_hash = pool.add("a7f2ff13bc495cf2:" + std::to_string(line_));
    finding.twin_group = twin_;
    finding.line_assigned = twin_ > 0;
    finding.batch = batch_;
    finding.scan_type = batches.at(batch_).type;
    return finding;
  }
  std::uint16_t batch_index() const { return batch_; }

 private:
  template <class T, class Value>
  FindingBuilder& set(T& member, Value value) {
    member = std::move(value);
    return *this;
  }

  std::string fingerprint_;
  std::string severity_{"high"};
  std::string path_{"src/app.py"};
  std::string check_{"python.sqli"};
  std::string message_{"Untrusted data reaches a SQL statement."};
  std::string title_{};
  std::string status_{"open"};
  std::vector<std::string> cwe_{};
  std::vector<std::string> owasp_{};
  std::optional<float> cvss_{};
  std::uint32_t line_{};
  std::uint32_t end_line_{};
  std::uint32_t twin_{};
  std::uint16_t batch_{};
};

inline FindingBuilder finding(std::string fingerprint) {
  return FindingBuilder(std::move(fingerprint));
}

class RuleBuilder {
 public:
  explicit RuleBuilder(std::string id) { rule_.id = std::move(id); }
  RuleBuilder& severity(std::vector<Severity> severities) {
    rule_.when.severity.emplace();
    for (const auto severity : severities) rule_.when.severity->add(severity);
    return *this;
  }
  RuleBuilder& scan_type(ScanType type) {
    rule_.when.scan_type = {type};
    return *this;
  }
  RuleBuilder& most(std::uint64_t count) {
    rule_.limit = policy::MaxCount{count};
    return *this;
  }
  RuleBuilder& most(Severity severity, std::uint64_t count) {
    if (!std::holds_alternative<policy::MaxBySeverity>(rule_.limit)) rule_.limit = policy::MaxBySeverity{};
    std::get<policy::MaxBySeverity>(rule_.limit).named[index_of(severity)] = count;
    return *this;
  }
  RuleBuilder& mode(policy::Mode mode) {
    rule_.mode = mode;
    return *this;
  }
  RuleBuilder& why(std::string text) {
    rule_.why = std::move(text);
    return *this;
  }
  RuleBuilder& not_waivable() {
    rule_.waivable = false;
    return *this;
  }
  policy::Rule build() const { return rule_; }

 private:
  policy::Rule rule_{};
};

inline RuleBuilder rule(std::string id) {
  return RuleBuilder(std::move(id));
}

class RecordBuilder {
 public:
  RecordBuilder() {
    inputs_.policy.emplace();
    inputs_.policy->name = "payments-service";
    inputs_.at = *parse_instant("2026-11-23T12:00:00Z");
    inputs_.subject = {.repository_id = "repo-1",
                       .repository = "acme/app",
                       .branch = "main",
                       .commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"};
    inputs_.api_url = "https://api.kolega.dev";
  }
  RecordBuilder& rule(const RuleBuilder& rule) {
    inputs_.policy->rules.push_back(rule.build());
    return *this;
  }
  RecordBuilder& exclude(std::vector<std::string> paths, std::string reason) {
    inputs_.policy->excludes.push_back({.paths = std::move(paths), .reason = std::move(reason)});
    return *this;
  }
  RecordBuilder& waiver(policy::Waiver waiver) {
    if (!inputs_.policy->waivers) inputs_.policy->waivers.emplace();
    inputs_.policy->waivers->list.push_back(std::move(waiver));
    return *this;
  }
  RecordBuilder& batch(ScanBatch batch) {
    inputs_.scan_types.push_back(batch.type);
    inputs_.batches.push_back(std::move(batch));
    return *this;
  }
  RecordBuilder& finding(const FindingBuilder& finding) {
    inputs_.findings.rows.push_back(finding.build(*inputs_.findings.pool, inputs_.batches));
    auto& batch = inputs_.batches.at(finding.batch_index());
    ++batch.rows_received;
    batch.findings_count = batch.findings_count.value_or(0) + 1;
    return *this;
  }
  RecordBuilder& gap(Gap gap) {
    inputs_.gaps.push_back(std::move(gap));
    return *this;
  }
  RecordBuilder& allow(Cause cause) {
    inputs_.policy->on_incomplete.warn[cause] = true;
    return *this;
  }
  gate::Inputs& inputs() { return inputs_; }
  gate::DecisionRecord decide() const {
    auto record = gate::decide(inputs_);
    record.tool_version = "0.1.0";  // expected files must not change with every release
    return record;
  }

 private:
  gate::Inputs inputs_{};
};

/// A record about one repository, by a policy without rules.
inline RecordBuilder record() {
  return RecordBuilder();
}

}  // namespace kolega::test
