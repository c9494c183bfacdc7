#include "report/formats.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <tuple>

#include "report/view.hpp"

namespace kolega::report {

const std::vector<Format>& formats() {
  static const std::vector<Format> table{
      {"table", "summary for people", write_table},
      {"sarif", "SARIF 2.1.0 (GitHub code scanning, Azure, editors)", write_sarif},
      {"junit", "JUnit XML (GitLab, Azure, Jenkins)", write_junit},
      {"json", "the decision record, for replay and programs", write_json},
      {"markdown", "summary for a merge request or a step summary", write_markdown},
      {"html", "one page to read and send on, with a table to filter", write_html},
      {"gitlab", "GitLab security report; the file's name says which kind", write_gitlab},
      {"codequality", "GitLab Code Quality", write_codequality},
      {"github", "annotations as GitHub workflow commands", write_github},
      {"azure", "issues as Azure Pipelines logging commands", write_azure},
  };
  return table;
}

const Format* find_format(std::string_view name) {
  const auto& table = formats();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Format& f) { return f.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> names;
  for (const auto& format : formats()) names.push_back(format.name);
  return names;
}

std::vector<std::uint32_t> sorted_rows(const gate::DecisionRecord& record, bool counted_first) {
  const auto& findings = record.inputs.findings.rows;
  std::vector<Weight> weight(findings.size(), Weight::within);
  if (counted_first) {
    weight = weights(record);
    for (auto& w : weight) w = std::min(w, Weight::within);
  }
  const auto severity = [&](std::uint32_t row) { return record.verdict.findings[row].severity; };
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    const auto& x = findings[a];
    const auto& y = findings[b];
    return std::tie(x.path, x.line, x.check_id, x.fingerprint, a) <
           std::tie(y.path, y.line, y.check_id, y.fingerprint, b);
  };
  // Weight, then severity. Inside a bucket the rows of a record are in order already, but for its scan types.
  std::array<std::vector<std::uint32_t>, 20> buckets;
  static_assert(static_cast<std::size_t>(Weight::within) * 5 + 4 < buckets.size());
  const auto judged = static_cast<std::uint32_t>(record.verdict.findings.size());  // 0 without a policy
  for (std::uint32_t row = 0; row < judged; ++row) {
    buckets[static_cast<std::size_t>(weight[row]) * 5 + 4 - index_of(severity(row))].push_back(row);
  }
  std::vector<std::uint32_t> rows;
  rows.reserve(judged);
  for (auto& bucket : buckets) {
    if (!std::is_sorted(bucket.begin(), bucket.end(), before)) std::sort(bucket.begin(), bucket.end(), before);
    rows.insert(rows.end(), bucket.begin(), bucket.end());
  }
  return rows;
}

std::vector<std::uint64_t> counting_rules(const gate::DecisionRecord& record) {
  std::vector<std::uint64_t> bits(record.inputs.findings.rows.size());
  const auto& rules = record.verdict.rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto row : rules[i].counted) bits[row] |= std::uint64_t{1} << std::min<std::size_t>(i, 63);
  }
  return bits;
}

void write_json(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  gate::write_record(record, out);
}

}  // namespace kolega::report
