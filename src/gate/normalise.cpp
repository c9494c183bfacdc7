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

policy::Facts Normaliser::facts(const Finding& finding, bool& unknown_severity) {
  const auto rank = rank_of(finding.severity_word, policy_.severity);
  unknown_severity = rank.unknown;
  auto found = cwe_.find(finding.cwe.data());
  if (found == cwe_.end() || finding.cwe.empty()) {
    found = cwe_.insert_or_assign(finding.cwe.data(), cwe_numbers(finding.cwe)).first;
  }
  policy::Facts facts;
  facts.severity = rank.severity;
  facts.scan_type = finding.scan_type;
  facts.check_id = finding.check_id;
  facts.path = fold_path(finding.path, path_);
  facts.cwe = &found->second;
  facts.owasp = finding.owasp;
  facts.fingerprint = finding.fingerprint;
  if (finding.details) {
    facts.status = find_triage_status(finding.details->status);
    facts.cvss = finding.details->cvss_score;
    facts.category = finding.details->category.view();
  }
  return facts;
}

}  // namespace kolega::gate
