#include "gate/facts.hpp"

#include <algorithm>

namespace kolega::gate {

using policy::Facts;
using policy::Match;

namespace {

/// The lowest score of the severity's band in CVSS v3: https://www.first.org/cvss/v3.1/specification-document
double lowest_score(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return 9.0;
    case Severity::high:
      return 7.0;
    case Severity::medium:
      return 4.0;
    case Severity::low:
      return 0.1;
    case Severity::info:
      break;
  }
  return 0.0;
}

}  // namespace

const ScanBatch* FactReader::batch_of(const Finding& finding) const {
  return finding.batch < inputs_.batches.size() ? &inputs_.batches[finding.batch] : nullptr;
}

void FactReader::read_age(const Finding& finding, const ScanBatch* batch) {
  facts_.age.reset();
  age_assumed_ = false;
  if (finding.details && finding.details->first_detected_at) {
    const auto measured_at = batch && batch->completed_at ? *batch->completed_at : inputs_.at;
    const auto age = std::chrono::duration_cast<Duration>(measured_at - *finding.details->first_detected_at);
    facts_.age = std::max(age, Duration::zero());  // clocks differ
  } else if (batch && batch->details_read && !details_failed_) {
    facts_.age = Duration::zero();
    age_assumed_ = true;
  }
}

void FactReader::read_repository(const Finding& finding, const ScanBatch* batch) {
  facts_.repository.reset();
  if (!finding.repository.empty()) {
    facts_.repository = finding.repository.view();
  } else if (batch && batch->repositories.size() == 1) {
    facts_.repository = batch->repositories.front().name;
  } else if (batch && batch->repositories.empty() && !inputs_.subject.repository.empty()) {
    facts_.repository = inputs_.subject.repository;
  }
}

const Facts& FactReader::read(std::uint32_t row) {
  const auto& finding = inputs_.findings.rows[row];
  const auto* batch = batch_of(finding);
  facts_ = normaliser_.facts(finding, unknown_severity_);
  details_failed_ = batch && !batch->details_error.empty();
  read_age(finding, batch);
  read_repository(finding, batch);
  return facts_;
}

Match match_rule(const policy::Rule& rule, const FactReader& reader, Facts facts) {
  const bool by_severity = rule.on_missing == policy::OnMissing::by_severity;
  if (by_severity && !facts.cvss && !reader.details_failed()) facts.cvss = lowest_score(facts.severity);
  const auto match = policy::match(rule.when, facts);
  if (match != Match::unseen || reader.details_failed()) return match;
  switch (rule.on_missing) {
    case policy::OnMissing::match:
      return Match::yes;
    case policy::OnMissing::no_match:
      return Match::no;
    case policy::OnMissing::by_severity:
    case policy::OnMissing::incomplete:
      break;
  }
  return Match::unseen;
}

Match is_overdue(const policy::MaxAge& limit, const Facts& facts) {
  const auto longest = limit.limit_for(facts.severity);
  if (!longest) return Match::no;
  if (!facts.age) return Match::unseen;
  return *facts.age > *longest ? Match::yes : Match::no;
}

}  // namespace kolega::gate
