#include "report/formats.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <ostream>

#include "report/view.hpp"

namespace kolega::report {

const std::vector<Format>& formats() {
  static const std::vector<Format> table{
      {"table", "summary for people", write_table},
      {"sarif", "SARIF 2.1.0 (GitHub code scanning, Azure, editors)", write_sarif},
      {"junit", "JUnit XML (GitLab, Azure, Jenkins)", write_junit},
      {"json", "the decision record, for replay and programs", write_json, true},
      {"markdown", "summary for a merge request or a step summary", write_markdown},
      {"html", "one page to read and send on, with a table to filter", write_html, true},
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
  const auto weight = counted_first ? weights(record) : std::vector<Weight>{};
  // Weight, then severity. Inside a bucket the rows of a record are in order already, but for its scan types.
  const auto bucket_of = [&](std::uint32_t row) {
    const auto heavy = counted_first ? std::min(weight[row], Weight::within) : Weight::within;
    return static_cast<std::size_t>(heavy) * 5 + 4 - index_of(record.verdict.findings[row].severity);
  };
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    if (const auto c = findings.path(a) <=> findings.path(b); c != 0) return c < 0;
    if (findings.line(a) != findings.line(b)) return findings.line(a) < findings.line(b);
    if (const auto c = findings.check_id(a) <=> findings.check_id(b); c != 0) return c < 0;
    const auto c = findings.fingerprint(a) <=> findings.fingerprint(b);
    return c != 0 ? c < 0 : a < b;
  };
  std::array<std::size_t, 21> ends{};  // of the bucket before
  static_assert(static_cast<std::size_t>(Weight::within) * 5 + 5 < ends.size());
  const auto judged = static_cast<std::uint32_t>(record.verdict.findings.size());  // 0 without a policy
  for (std::uint32_t row = 0; row < judged; ++row) ++ends[bucket_of(row) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  auto next = ends;
  std::vector<std::uint32_t> rows(judged);
  for (std::uint32_t row = 0; row < judged; ++row) rows[next[bucket_of(row)]++] = row;
  for (std::size_t i = 1; i < ends.size(); ++i) {
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(ends[i - 1]);
    const auto last = rows.begin() + static_cast<std::ptrdiff_t>(ends[i]);
    const auto type = [&](std::uint32_t row) { return findings.scan_type(row); };
    const bool one_type = std::adjacent_find(first, last, [&](auto a, auto b) { return type(a) != type(b); }) == last;
    if (!one_type) std::sort(first, last, before);
  }
  return rows;
}

CountingRules counting_rules(const gate::DecisionRecord& record) {
  const auto& rules = record.verdict.rules;
  CountingRules out(record.inputs.findings.rows.size(), rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto row : rules[i].counted) out.add(row, i);
  }
  return out;
}

void write_json(const gate::DecisionRecord& record, const ReportOptions&, std::ostream& out) {
  gate::write_record(record, out);
}

}  // namespace kolega::report
