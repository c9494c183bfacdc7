#include "report/fixes.hpp"

#include "base/text.hpp"
#include "base/version.hpp"

namespace kolega::report {

bool is_completed(const gate::Fix& fix) {
  const auto word = to_lower_ascii(fix.status);
  return word == "completed" || word == "succeeded";
}

std::string describe_diff(const gate::DecisionRecord& record, const gate::Fix& fix) {
  if (!fix.diff.empty()) return fix.diff;
  if (!is_completed(fix)) return {};
  return std::string(program_name) + " fixes diff " + fix.id + " --repository " +
         record.inputs.subject.repository_id;
}

std::string describe_fix(const gate::DecisionRecord& record, const gate::Fix& fix) {
  auto out = (fix.id.empty() ? "no fix" : "fix " + fix.id) + " of " + fix.place;
  if (fix.finding_ids.size() > 1) out += " (" + plural(fix.finding_ids.size(), "finding") + ")";
  if (!fix.status.empty()) out += ": " + fix.status;
  if (!fix.detail.empty()) out += (fix.status.empty() ? ": " : ", ") + fix.detail;
  if (const auto diff = describe_diff(record, fix); !diff.empty()) out += "; diff: " + diff;
  for (const auto& url : fix.pull_requests) out += "; pull request: " + url;
  return out;
}

std::vector<std::string> describe_fixes(const gate::DecisionRecord& record) {
  std::vector<std::string> out;
  for (const auto& fix : record.inputs.fixes) out.push_back(describe_fix(record, fix));
  return out;
}

FixIndex::FixIndex(const gate::DecisionRecord& record) : record_(record) {
  for (const auto& fix : record.inputs.fixes) {
    for (const auto& id : fix.finding_ids) by_finding_.emplace(id, &fix);
  }
}

const gate::Fix* FixIndex::find(const Finding& finding) const {
  if (!finding.details) return nullptr;
  const auto found = by_finding_.find(finding.details->id.view());
  return found == by_finding_.end() ? nullptr : found->second;
}

std::string FixIndex::describe(const Finding& finding) const {
  const auto* fix = find(finding);
  return fix ? describe_fix(record_, *fix) : std::string{};
}

}  // namespace kolega::report
