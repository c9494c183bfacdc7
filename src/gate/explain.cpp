#include "gate/explain.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "gate/facts.hpp"
#include "gate/normalise.hpp"
#include "gate/phrases.hpp"
#include "gate/scope.hpp"
#include "gate/units.hpp"

namespace kolega::gate {

namespace {

using policy::Match;

constexpr std::size_t shortest_prefix = 4;

/// Why the row never reached a rule; empty when it did.
std::string why_taken_out(const DecisionRecord& record, std::uint32_t row, const policy::Rule& rule) {
  const auto& judged = record.verdict.findings[row];
  const auto& policy = *record.inputs.policy;
  switch (judged.disposition) {
    case Disposition::active:
      return {};
    case Disposition::duplicate:
      return "it says nothing that an earlier row of the same finding does not say";
    case Disposition::triaged:
      return "triaged on the server, and the policy honours that";
    case Disposition::excluded: {
      if (!rule.waivable) return {};
      const auto& exclude = policy.excludes[judged.exclude];
      return "excluded by " + join(exclude.paths, ", ") +
             (exclude.reason.empty() ? "" : ": " + exclude.reason);
    }
    case Disposition::waived:
      return rule.waivable ? "waived by " + policy.waivers->list[*judged.waiver].id : std::string{};
  }
  return {};
}

class Explainer {
 public:
  Explainer(const DecisionRecord& record, std::uint32_t row)
      : record_(record),
        policy_(*record.inputs.policy),
        row_(row),
        reader_(record.inputs, policy_),
        reference_(record.inputs, policy_) {
    out_.row = row;
  }

  FindingAnswer run() {
    facts_ = reader_.read(row_);
    for (std::size_t i = 0; i < policy_.rules.size(); ++i) out_.rules.push_back(ask_rule(i));
    if (policy_.waivers) ask_waivers();
    count_twins();
    return std::move(out_);
  }

 private:
  RuleAnswer ask_rule(std::size_t index) const {
    const auto& rule = policy_.rules[index];
    const auto& verdict = record_.verdict.rules[index];
    const bool counted = std::binary_search(verdict.counted.begin(), verdict.counted.end(), row_);
    if (counted) return {index, Answer::counted, why_counted(rule)};
    if (verdict.state == RuleState::skipped) return {index, Answer::not_counted, verdict.needs};
    if (const auto gone = why_taken_out(record_, row_, rule); !gone.empty())
      return {index, Answer::not_counted, {gone}};
    return ask_condition(index, rule);
  }

  /// What is not plain when a finding counts.
  std::vector<std::string> why_counted(const policy::Rule& rule) const {
    switch (record_.verdict.findings[row_].disposition) {
      case Disposition::waived:
        if (!rule.waivable) return {"waived, but this rule cannot be waived (waivable: false)"};
        return {"waived, but one of several that cannot be told apart: at most so many are left"};
      case Disposition::excluded:
        return {"excluded, but this rule looks through excludes (waivable: false)"};
      case Disposition::active:
        if (!is_known(rule)) return {};
        return {"in the baseline, but one of several that cannot be told apart: at most so many are new"};
      case Disposition::duplicate:
      case Disposition::triaged:
        return {};
    }
    return {};
  }

  bool is_known(const policy::Rule& rule) const {
    const auto& judged = record_.verdict.findings[row_];
    return rule.scope == policy::Scope::new_findings && judged.is_new && !*judged.is_new;
  }

  /// Why the finding is outside the rule's scope, or may be.
  std::string why_out_of_scope(policy::Scope scope, Match inside) const {
    const bool known = inside == Match::no;
    switch (scope) {
      case policy::Scope::all:
        return {};
      case policy::Scope::new_findings:
        if (reference_.learns()) return "a first run that learns: nothing is new yet";
        return known ? "it is not new: the baseline holds it" : "not known: whether it is new";
      case policy::Scope::changed_files:
        return known ? "its file is not changed" : "not known: whether its file is changed";
      case policy::Scope::changed_lines:
        return known ? "it is not on a changed line" : "not known: whether it is on a changed line";
    }
    return {};
  }

  RuleAnswer ask_condition(std::size_t index, const policy::Rule& rule) const {
    RuleAnswer out{index, Answer::not_counted, {}};
    const auto match = match_rule(rule, reader_, facts_);
    for (const auto& key : policy::explain(rule.when, facts_)) {
      if (key.match == Match::no) out.why.push_back("it is not: " + key.text);
      if (key.match == Match::unseen && match != Match::yes) out.why.push_back("not known: " + key.text);
    }
    auto overdue = Match::yes;
    if (const auto* age = std::get_if<policy::MaxAge>(&rule.limit); age && match != Match::no) {
      overdue = is_overdue(*age, facts_);
      if (overdue == Match::no) out.why = {not_overdue(*age)};
      if (overdue == Match::unseen) out.why.push_back("its age is not known");
    }
    const auto inside = reference_.in_scope(rule, record_.verdict.findings[row_]);
    if (inside != Match::yes && match != Match::no) out.why.push_back(why_out_of_scope(rule.scope, inside));
    if (std::min({match, overdue, inside}) == Match::unseen) out.answer = Answer::may_count;
    if (out.why.empty()) out.why.push_back("the rule's condition does not hold");
    return out;
  }

  std::string not_overdue(const policy::MaxAge& age) const {
    const auto most = age.limit_for(facts_.severity);
    if (!most) return "its severity has no longest age";
    return "not older than " + format_duration(*most) +
           (reader_.age_assumed() ? " (first detection not known: taken as just found)" : "");
  }

  void ask_waivers() {
    const auto& judged = record_.verdict.findings[row_];
    auto facts = facts_;
    if (reader_.age_assumed()) facts.age.reset();  // as waivers.cpp: what is only assumed waives nothing
    for (std::size_t i = 0; i < policy_.waivers->list.size(); ++i) {
      if (policy::match(policy_.waivers->list[i].match, facts) != Match::yes) continue;
      const bool took_it = judged.waiver == i;
      out_.waivers.push_back({i, took_it, took_it ? std::string{} : why_not(i)});
    }
  }

  std::string why_not(std::size_t index) const {
    const auto& waiver = policy_.waivers->list[index];
    switch (record_.verdict.waivers[index].state) {
      case WaiverState::expired:
        return "it has expired: " + policy::describe_end(waiver);
      case WaiverState::too_long:
        return "it ends later than waivers.max_days allows";
      case WaiverState::withheld:
        return "a merge request does not waive its own findings (waivers.from: base)";
      case WaiverState::used:
      case WaiverState::unused:
      case WaiverState::idle:
        break;
    }
    const auto disposition = record_.verdict.findings[row_].disposition;
    if (disposition != Disposition::active)
      return "the finding is " + std::string(name_of(disposition)) + " already";
    return "its limit of " + plural(waiver.limit, "finding") + " is used up";
  }

  void count_twins() {
    const auto& rows = record_.inputs.findings.rows;
    const auto group = rows[row_].twin_group;
    if (group == 0) return;
    out_.twins = static_cast<std::uint64_t>(std::count_if(
        rows.begin(), rows.end(), [&](const Finding& other) { return other.twin_group == group; }));
  }

  const DecisionRecord& record_;
  const policy::Policy& policy_;
  std::uint32_t row_;
  FactReader reader_;
  Reference reference_;
  policy::Facts facts_;
  FindingAnswer out_;
};

/// The first row of each distinct finding for which `wanted` holds.
template <class Wanted>
std::vector<std::uint32_t> distinct_rows(const DecisionRecord& record, Wanted wanted) {
  const auto& rows = record.inputs.findings.rows;
  const auto units = find_units(rows, record.verdict.findings);
  std::set<std::uint32_t> seen;
  std::vector<std::uint32_t> out;
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    if (!wanted(row)) continue;
    const auto shared = units.shared.find(row);
    if (seen.insert(shared == units.shared.end() ? row : shared->second).second) out.push_back(row);
  }
  return out;
}

/// "src/a.c" or "src/a.c:12".
bool is_place(const Finding& finding, std::string_view path, std::string_view text) {
  if (path == text) return true;
  return finding.line > 0 && text.starts_with(path) &&
         text.substr(path.size()) == ":" + std::to_string(finding.line);
}

std::string nearest_name(const DecisionRecord& record, std::string_view text) {
  constexpr std::size_t most = 20'000;  // names looked at: this is a courtesy
  std::set<std::string> names;
  for (const auto& finding : record.inputs.findings.rows) {
    if (names.size() > most) break;
    names.insert({finding.fingerprint.str(), finding.check_id.str(), finding.path.str()});
  }
  names.erase("");
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return find_nearest(text.substr(0, 200), candidates).value_or("");
}

}  // namespace

FindingAnswer explain_finding(const DecisionRecord& record, std::uint32_t row) {
  return Explainer(record, row).run();
}

std::vector<std::uint32_t> rows_by_fingerprint(const FindingRows& rows, std::string_view text) {
  std::vector<std::uint32_t> whole;
  std::vector<std::uint32_t> begun;
  for (std::uint32_t row = 0; row < rows.size() && !text.empty(); ++row) {
    const auto fingerprint = rows.fingerprint(row).str();
    if (fingerprint == text) whole.push_back(row);
    if (text.size() >= shortest_prefix && fingerprint.starts_with(text)) begun.push_back(row);
  }
  return whole.empty() ? begun : whole;
}

Found find_rows(const DecisionRecord& record, std::string_view text) {
  Found found;
  if (text.empty()) return found;
  const auto& rows = record.inputs.findings.rows;
  const auto same = rows_by_fingerprint(rows, text);
  if (!same.empty()) {
    found.named = rows.fingerprint(same.front()) == text;
    found.rows = distinct_rows(
        record, [&](std::uint32_t row) { return std::binary_search(same.begin(), same.end(), row); });
    return found;
  }
  std::string scratch_wanted;
  std::string scratch;
  const auto path = fold_path(text, scratch_wanted);
  found.rows = distinct_rows(record, [&](std::uint32_t row) {
    const Finding finding = rows[row];
    return finding.check_id == text || is_place(finding, fold_path(finding.path, scratch), path);
  });
  if (found.rows.empty()) found.nearest = nearest_name(record, text);
  return found;
}

}  // namespace kolega::gate
