#include "gate/normalise.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::gate {

Rank rank_of(std::string_view word, const policy::SeveritySettings& settings) {
  const auto trimmed = trim(word);
  if (const auto exact = find_severity(trimmed)) return {*exact, false};
  const auto folded = to_lower_ascii(trimmed);
  if (const auto severity = find_severity(folded)) return {*severity, false};
  for (const auto& [alias, severity] : settings.aliases) {
    if (alias == folded) return {severity, false};
  }
  return {settings.unknown, true};
}

namespace {

/// The digits of "CWE-79", "cwe:79", "79" at the start of a word; text behind them is a title.
std::optional<int> cwe_number(std::string_view word) {
  word = trim(word);
  if (word.size() >= 3 && iequals_ascii(word.substr(0, 3), "cwe")) {
    word.remove_prefix(3);
    while (!word.empty() &&
           (word.front() == '-' || word.front() == ':' || word.front() == '_' || word.front() == ' ')) {
      word.remove_prefix(1);
    }
  }
  const auto digits = word.substr(0, std::min(word.find_first_not_of("0123456789"), word.size()));
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  return static_cast<int>(*parse_decimal(digits));
}

}  // namespace

std::vector<int> cwe_numbers(TextList words) {
  std::vector<int> out;
  for (const auto word : words) {
    if (const auto number = cwe_number(word)) out.push_back(*number);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Normaliser::Normaliser(const policy::Policy& policy, Wanted wanted) : policy_(policy) {
  if (wanted == Wanted::all) return;
  const auto is_read = [&](std::string_view key) {
    const auto reads_it = [&](const policy::Condition& condition) { return policy::reads(condition, key); };
    return std::any_of(policy.rules.begin(), policy.rules.end(),
                       [&](const policy::Rule& rule) { return reads_it(rule.when); }) ||
           (policy.waivers && std::any_of(policy.waivers->list.begin(), policy.waivers->list.end(),
                                          [&](const policy::Waiver& waiver) { return reads_it(waiver.match); }));
  };
  wants_path_ = !policy.excludes.empty() || is_read("path");
  wants_fingerprint_ = is_read("fingerprint");
}

Rank Normaliser::rank(Text word) {
  constexpr std::size_t most = 32;  // words that nobody has interned may all have places of their own
  const auto known = std::find_if(ranks_.begin(), ranks_.end(),
                                  [&](const auto& entry) { return entry.first == word.place(); });
  if (known != ranks_.end()) return known->second;
  const auto rank = rank_of(word, policy_.severity);
  if (ranks_.size() < most) ranks_.emplace_back(word.place(), rank);
  return rank;
}

policy::Facts Normaliser::facts(const Finding& finding, bool& unknown_severity) {
  const auto rank = this->rank(finding.severity_word);
  unknown_severity = rank.unknown;
  static const std::vector<int> no_numbers;
  if (finding.cwe.empty()) {
    last_cwe_ = nullptr;
    last_numbers_ = &no_numbers;
  } else if (finding.cwe.data() != last_cwe_) {
    auto found = cwe_.find(finding.cwe.data());
    if (found == cwe_.end()) found = cwe_.emplace(finding.cwe.data(), cwe_numbers(finding.cwe)).first;
    last_cwe_ = finding.cwe.data();
    last_numbers_ = &found->second;
  }
  policy::Facts facts;
  facts.severity = rank.severity;
  facts.scan_type = finding.scan_type;
  facts.check_id = finding.check_id;
  if (wants_path_) facts.path = fold_path(finding.path, path_);
  facts.cwe = last_numbers_;
  facts.owasp = finding.owasp;
  if (wants_fingerprint_) facts.fingerprint = finding.fingerprint.text(fingerprint_);
  if (finding.details) {
    facts.status = find_triage_status(finding.details->status);
    facts.cvss = finding.details->cvss_score;
    facts.category = finding.details->category.view();
  }
  return facts;
}

}  // namespace kolega::gate
