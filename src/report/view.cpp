#include "report/view.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gate/phrases.hpp"
#include "report/formats.hpp"

namespace kolega::report {

using gate::Disposition;
using gate::RuleState;
using policy::Mode;

namespace {

Weight weight_of(Disposition disposition) {
  switch (disposition) {
    case Disposition::active:
      return Weight::uncounted;
    case Disposition::duplicate:
      return Weight::duplicate;
    case Disposition::triaged:
      return Weight::triaged;
    case Disposition::excluded:
      return Weight::excluded;
    case Disposition::waived:
      return Weight::waived;
  }
  return Weight::uncounted;
}

Weight weight_of(Mode mode) {
  switch (mode) {
    case Mode::observe:
      return Weight::observed;
    case Mode::warn:
      return Weight::warns;
    case Mode::block:
      return Weight::blocks;
  }
  return Weight::blocks;
}

}  // namespace

std::string_view describe_outcome(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return "every rule is kept on complete data";
    case gate::Outcome::warn:
      return "a rule is broken that only warns; the pipeline may go on";
    case gate::Outcome::allowed_incomplete:
      return "something is missing and the policy allows it; the pipeline may go on";
    case gate::Outcome::incomplete:
      return "something is missing, so nothing could be proven; the pipeline stops";
    case gate::Outcome::fail:
      return "a blocking rule is broken; the pipeline stops";
    case gate::Outcome::bypassed:
      return "the gate was bypassed; the pipeline may go on";
  }
  return {};
}

bool breaks(const gate::RuleVerdict& rule, Severity severity) {
  if (rule.state != RuleState::broken) return false;
  return rule.over.empty() || std::find(rule.over.begin(), rule.over.end(), severity) != rule.over.end();
}

std::vector<Weight> weights(const gate::DecisionRecord& record) {
  const auto& verdict = record.verdict;
  std::vector<Weight> out;
  out.reserve(verdict.findings.size());
  for (const auto& finding : verdict.findings) out.push_back(weight_of(finding.disposition));
  for (const auto& rule : verdict.rules) {
    for (const auto row : rule.counted) {
      // Counting outweighs an exclusion: a rule with `waivable: false` sees through it.
      const auto weight =
          breaks(rule, verdict.findings[row].severity) ? weight_of(rule.mode) : Weight::within;
      out[row] = std::min(out[row], weight);
    }
  }
  return out;
}

std::vector<std::size_t> rules_of(const gate::DecisionRecord& record, std::uint32_t row, std::uint64_t bits) {
  const auto& rules = record.verdict.rules;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if ((bits & (std::uint64_t{1} << std::min<std::size_t>(i, 63))) == 0) continue;
    const auto& counted = rules[i].counted;
    if (i < 63 || std::binary_search(counted.begin(), counted.end(), row)) out.push_back(i);
  }
  return out;
}

std::string describe_place(const Finding& finding) {
  if (finding.path.empty()) return "(no path)";
  auto place = cut(finding.path, 1024);
  if (finding.line > 0) place += ":" + std::to_string(finding.line);
  return place;
}

std::string_view check_name(const Finding& finding) {
  return finding.check_id.empty() ? std::string_view("unnamed-check") : finding.check_id.view();
}

namespace {

std::string describe_owner(const policy::Waiver& waiver) {
  std::vector<std::string> who;
  if (!waiver.owner.empty()) who.push_back("owner " + cut(waiver.owner, 100));
  if (!waiver.ticket.empty()) who.push_back("ticket " + cut(waiver.ticket, 100));
  return who.empty() ? std::string{} : " (" + join(who, ", ") + ")";
}

std::string describe_waived(const gate::DecisionRecord& record, std::uint16_t index) {
  const auto& waiver = record.inputs.policy->waivers->list.at(index);
  auto out = "waived by " + waiver.id;
  if (waiver.until) out += " until " + describe_end(waiver);
  out += describe_owner(waiver);
  return waiver.reason.empty() ? out : out + ": " + cut(waiver.reason, 300);
}

}  // namespace

std::string describe_expired(const gate::DecisionRecord& record, std::uint32_t row) {
  const auto expired = record.verdict.findings[row].expired_waiver;
  if (!expired) return {};
  const auto& waiver = record.inputs.policy->waivers->list.at(*expired);
  return "waiver " + waiver.id + " expired" + describe_owner(waiver);
}

std::vector<std::string> describe_waivers(const gate::DecisionRecord& record) {
  const auto& told = record.verdict.notices;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < record.verdict.waivers.size(); ++i) {
    auto text = gate::describe_waiver(record.inputs.policy->waivers->list.at(i), record.verdict.waivers[i]);
    if (std::find(told.begin(), told.end(), text) == told.end()) out.push_back(std::move(text));
  }
  return out;
}

std::string describe_removal(const gate::DecisionRecord& record, std::uint32_t row) {
  const auto& verdict = record.verdict.findings[row];
  if (verdict.disposition == Disposition::triaged) {
    const auto* details = record.inputs.findings.rows[row].details;
    return details ? "triaged as " + cut(details->status, 100) : "triaged";
  }
  if (verdict.disposition == Disposition::waived) return describe_waived(record, *verdict.waiver);
  if (verdict.disposition != Disposition::excluded) return {};
  const auto& policy = record.inputs.policy;
  const bool known = policy && verdict.exclude < policy->excludes.size();
  const auto reason = known ? policy->excludes[verdict.exclude].reason : std::string{};
  return "excluded by the policy" + (reason.empty() ? "" : ": " + cut(reason, 300));
}

std::vector<std::uint32_t> active_rows(const gate::DecisionRecord& record) {
  const auto weight = weights(record);
  auto rows = sorted_rows(record, false);
  std::erase_if(rows, [&](std::uint32_t row) { return weight[row] >= Weight::triaged; });
  return rows;
}

std::string message_of(const Finding& finding, std::size_t limit) {
  if (trim(printable(cut(finding.message, limit))).empty()) {
    return cut(check_name(finding), limit) + " reported a finding.";
  }
  return cut(finding.message, limit);
}

std::string describe_policy(const gate::DecisionRecord& record) {
  if (!record.inputs.policy) return "no policy";
  const auto& policy = *record.inputs.policy;
  const auto name = policy.name.empty() ? "policy" : "policy " + policy.name;
  return name + ", digest " + policy::digest(policy).substr(0, 12);
}

std::string describe_scanned(const ScanBatch& batch) {
  constexpr std::size_t most = 5;
  std::string out;
  std::size_t finished = 0;
  for (const auto& repository : batch.repositories) {
    if (unfinished(repository) || ++finished > most) continue;
    out += (finished == 1 ? "scanned " : ", ") + cut(repository.name, 200);
    out += repository.branch.empty() ? " (branch not said)" : " branch " + cut(repository.branch, 200);
  }
  if (finished > most) out += " and " + std::to_string(finished - most) + " more";
  return out.empty() ? out : out + "; the API confirms no commit";
}

std::string describe_removals(const gate::DecisionRecord& record) {
  std::string out;
  for (const auto disposition : {Disposition::triaged, Disposition::excluded, Disposition::waived}) {
    const auto count = record.verdict.tally.by_disposition[static_cast<std::size_t>(disposition)];
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += std::to_string(count) + " " + std::string(name_of(disposition));
  }
  return out;
}

bool has_baseline(const gate::DecisionRecord& record) {
  return record.verdict.comparison && !record.inputs.no_baseline;
}

std::string describe_comparison(const gate::DecisionRecord& record) {
  if (!record.verdict.comparison) return {};
  const auto& comparison = *record.verdict.comparison;
  auto out = std::to_string(comparison.fresh) + " new";
  if (comparison.fresh > 0) out += " (" + gate::describe_counts(comparison.fresh_by_severity) + ")";
  if (record.inputs.no_baseline) return out + ", because there is no baseline yet";
  out += ", " + std::to_string(comparison.known) + " known";
  if (!record.inputs.baseline) {
    const auto& settings = record.inputs.policy->baseline;
    return settings ? out + " from before " + format_instant_seconds(settings->before) : out;
  }
  return out + ", " + std::to_string(comparison.gone) + " of " + std::to_string(comparison.baseline) +
         " gone since " + printable(cut(record.inputs.baseline->origin, 200));
}

bool unfinished(const ScanBatchRepository& repository) {
  return repository.status != "succeeded" && repository.status != "completed";
}

std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  auto end = limit > 3 ? limit - 3 : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

Literal outcome_sign(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
      return "✅";
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return "⚠️";
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return "❌";
  }
  return "❌";
}

}  // namespace kolega::report
