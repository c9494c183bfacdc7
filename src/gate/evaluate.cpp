// The decision, step by step as the policy language defines it (docs/policy.md, "How the verdict is
// reached"). A breach is final on any data; a pass needs complete data; everything else is incomplete.
#include "gate/evaluate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "gate/branches.hpp"
#include "gate/bypass.hpp"
#include "gate/facts.hpp"
#include "gate/grade.hpp"
#include "gate/normalise.hpp"
#include "gate/phrases.hpp"
#include "gate/scope.hpp"
#include "gate/twins.hpp"
#include "gate/units.hpp"
#include "gate/waivers.hpp"

namespace kolega::gate {

namespace {

using policy::Policy;
using policy::Rule;

using policy::Match;

/// Whether a rule is for the branch that is judged: the branch itself, or in a merge request the one it goes
/// to. Where no branch is known it is, so that nothing passes for want of a name.
bool is_for_branch(const Rule& rule, const Subject& subject) {
  if (rule.branches.empty() || (subject.branch.empty() && subject.target_branch.empty())) return true;
  return std::any_of(rule.branches.begin(), rule.branches.end(), [&](const std::string& pattern) {
    return glob_match(pattern, subject.branch) ||
           (!subject.target_branch.empty() && glob_match(pattern, subject.target_branch));
  });
}

class Evaluation {
 public:
  explicit Evaluation(const Inputs& inputs) : inputs_(inputs) {}

  Verdict run() {
    grade_batches();
    collect_gaps();
    if (inputs_.policy) {
      check_branches(inputs_.policy->scan.expect_branch);
      reference_.emplace(inputs_, *inputs_.policy);
      judge_findings(*inputs_.policy);
      for (const auto& rule : inputs_.policy->rules) verdict_.rules.push_back(start_rule(rule));
      count_rules(*inputs_.policy);
      for (std::size_t i = 0; i < verdict_.rules.size(); ++i)
        decide_rule(inputs_.policy->rules[i], verdict_.rules[i]);
      require_reference(*inputs_.policy, reference_->no_baseline(), "the baseline is");
      require_reference(*inputs_.policy, reference_->no_changes(), "the changes are");
      require_a_rule(*inputs_.policy);
      add_notices(*inputs_.policy);
    } else if (verdict_.incomplete.empty()) {
      add_incomplete(Cause::usage, "there is no policy to judge by", {}, false);
    }
    verdict_.outcome = outcome();
    apply_bypass(inputs_, verdict_);
    return std::move(verdict_);
  }

 private:
  void add_incomplete(Cause cause, std::string detail, std::string hint, bool softenable) {
    const bool allowed = softenable && inputs_.policy && inputs_.policy->on_incomplete.is_warn(cause);
    verdict_.incomplete.push_back({cause, std::move(detail), std::move(hint), allowed});
  }

  void grade_batches() {
    for (const auto& batch : inputs_.batches) {
      auto graded = grade(batch);
      if (graded.grade != Grade::complete) {
        add_incomplete(cause_of(graded.grade),
                       std::string(name_of(batch.type)) + (batch.id.empty() ? "" : " batch " + batch.id) +
                           ": " + join(graded.reasons, "; "),
                       {}, true);
        incomplete_types_.insert(batch.type);
      }
      verdict_.batches.push_back(std::move(graded));
    }
    for (const auto type : inputs_.scan_types) {
      const bool present = std::any_of(inputs_.batches.begin(), inputs_.batches.end(),
                                       [&](const ScanBatch& batch) { return batch.type == type; });
      if (present) continue;
      incomplete_types_.insert(type);
      // A gap says why there is nothing, and its own cause decides what the policy makes of that.
      const bool explained = std::any_of(inputs_.gaps.begin(), inputs_.gaps.end(), [&](const Gap& gap) {
        return !gap.scan_type || *gap.scan_type == type;
      });
      if (explained) continue;
      add_incomplete(Cause::failed, std::string(name_of(type)) + ": there are no results of this scan type",
                     {}, true);
    }
  }

  void collect_gaps() {
    for (const auto& gap : inputs_.gaps) {
      add_incomplete(gap.cause, gap.detail, gap.hint, gap.softenable);
      if (gap.scan_type) {
        incomplete_types_.insert(*gap.scan_type);
      } else {
        everything_incomplete_ = true;
      }
    }
  }

  /// Where the policy insists, a branch that nobody knows is as bad as another one.
  void check_branches(policy::ExpectBranch expected) {
    if (expected == policy::ExpectBranch::any) return;
    for (auto& doubt : find_branch_doubts(inputs_)) {
      if (expected == policy::ExpectBranch::fail) {
        add_incomplete(Cause::context, std::move(doubt.detail), std::move(doubt.hint), true);
      } else if (doubt.known) {
        verdict_.notices.push_back(std::move(doubt.detail));
      }
    }
  }

  /// Rank and disposition of every row: exclusions and honoured triage mark a finding, nothing is dropped.
  void judge_findings(const Policy& policy) {
    Normaliser normaliser(policy, Wanted::read);
    const auto& rows = inputs_.findings.rows;
    verdict_.findings.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& judged = verdict_.findings[i];
      const auto facts = normaliser.facts(rows[i], judged.unknown_severity);
      judged.severity = facts.severity;
      const auto& honor = policy.honor;
      if (facts.status && std::find(honor.begin(), honor.end(), *facts.status) != honor.end()) {
        judged.disposition = Disposition::triaged;
        continue;
      }
      for (std::size_t e = 0; e < policy.excludes.size(); ++e) {
        if (!glob_list_match(policy.excludes[e].paths, facts.path)) continue;
        judged.disposition = Disposition::excluded;
        judged.exclude = static_cast<std::uint16_t>(e);
        break;
      }
    }
    mark_changes(inputs_, verdict_.findings);
    units_ = find_units(rows, verdict_.findings);
    for (const auto row : units_.repeated_rows) verdict_.findings[row].disposition = Disposition::duplicate;
    verdict_.comparison = reference_->compare(verdict_.findings);
    verdict_.waivers = assign_waivers(inputs_, policy, verdict_.findings, is_whole());
    if (verdict_.comparison) count_active(verdict_.findings, *verdict_.comparison);
    tally();
  }

  /// Nothing is missing, so that what is not there does not exist.
  bool is_whole() const {
    return incomplete_types_.empty() && !everything_incomplete_ &&
           std::none_of(inputs_.batches.begin(), inputs_.batches.end(),
                        [](const ScanBatch& batch) { return !batch.details_error.empty(); });
  }

  void tally() {
    auto& tally = verdict_.tally;
    for (const auto& judged : verdict_.findings) {
      ++tally.by_disposition[static_cast<std::size_t>(judged.disposition)];
      if (judged.disposition == Disposition::duplicate) continue;
      ++tally.total;
      if (judged.unknown_severity) ++tally.unknown_severity;
      if (judged.disposition == Disposition::active) ++tally.by_severity[index_of(judged.severity)];
    }
  }

  RuleVerdict start_rule(const Rule& rule) const {
    RuleVerdict verdict;
    verdict.id = rule.id;
    verdict.mode = blocks(rule) ? policy::Mode::block : rule.mode;
    if (inputs_.mode_cap) verdict.mode = std::min(verdict.mode, *inputs_.mode_cap);
    if (!is_for_branch(rule, inputs_.subject)) {
      verdict.state = RuleState::skipped;
      verdict.needs.push_back("only for " + join(rule.branches, ", "));
    }
    verdict.ratchet = reference_->ratchet(rule);
    if (verdict.state != RuleState::skipped) miss_types(rule, verdict);
    return verdict;
  }

  /// As the policy has it, before a cap.
  bool blocks(const Rule& rule) const {
    return rule.mode == policy::Mode::block || (rule.block_from && inputs_.at >= *rule.block_from);
  }

  /// What is judged may be narrower than what the policy names (--scan-type). A rule that could then count nothing is
  /// not kept by that.
  void miss_types(const Rule& rule, RuleVerdict& verdict) const {
    if (everything_incomplete_) return;  // what would be judged may not even be known
    auto types = inputs_.scan_types;
    for (const auto& batch : inputs_.batches) types.push_back(batch.type);
    if (policy::can_count(*inputs_.policy, rule, types)) return;
    verdict.state = RuleState::skipped;
    verdict.needs.push_back("only for " + describe_types(rule) + ", which is not judged");
  }

  void count_rules(const Policy& policy) {
    counters_.assign(policy.rules.size(), UnitCounter(units_));
    FactReader reader(inputs_, policy, Wanted::read);
    Twins twins(inputs_, policy, verdict_.findings);
    const auto each_row = [&](auto&& act) {
      for (std::uint32_t row = 0; row < inputs_.findings.rows.size(); ++row) {
        const auto disposition = verdict_.findings[row].disposition;
        if (disposition != Disposition::triaged && disposition != Disposition::duplicate) act(row);
      }
    };
    each_row([&](std::uint32_t row) { count_row(policy, reader, twins, row); });
    if (twins.empty()) return give_back_room();
    each_row([&](std::uint32_t row) { count_in_place(policy, reader, twins, row); });
    for (auto& rule : verdict_.rules) std::sort(rule.counted.begin(), rule.counted.end());
    for (auto& notice : twins.notices()) verdict_.notices.push_back(std::move(notice));
    give_back_room();
  }

  /// The lists have grown to up to twice their length, and they stay while the reports are written.
  void give_back_room() {
    for (auto& rule : verdict_.rules) rule.counted.shrink_to_fit();
  }

  void count_row(const Policy& policy, FactReader& reader, Twins& twins, std::uint32_t row) {
    const auto& judged = verdict_.findings[row];
    const auto& facts = reader.read(row);
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      const auto& rule = policy.rules[i];
      // `waivable: false` sees through excludes and waivers.
      if (judged.disposition != Disposition::active && rule.waivable) continue;
      auto& verdict = verdict_.rules[i];
      if (verdict.state == RuleState::skipped) continue;
      const auto in_scope = reference_->in_scope(rule, judged);
      if (in_scope == Match::no) continue;
      const auto match = std::min(in_scope, see(rule, facts, reader, verdict));
      if (match != Match::no && twins.has(row)) twins.take(i, row);
      count(match, row, facts.severity, {true, true}, verdict, counters_[i]);
    }
  }

  /// Twins whose fingerprint is waived or in the baseline, while their details may belong to another one: the
  /// upper end of what is left counts (twins.hpp).
  void count_in_place(const Policy& policy, FactReader& reader, Twins& twins, std::uint32_t row) {
    if (!twins.has(row)) return;
    const auto& judged = verdict_.findings[row];
    const auto& facts = reader.read(row);
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      const auto& rule = policy.rules[i];
      auto& verdict = verdict_.rules[i];
      if (verdict.state == RuleState::skipped || !twins.may_stand_in(rule, row)) continue;
      // Of a changed file, a changed line and a date the details tell; the fingerprint, which is open here,
      // is what an entry of the baseline is known by.
      const bool open = rule.scope == policy::Scope::new_findings && reference_->compares_entries();
      const auto in_scope = open ? Match::yes : reference_->in_scope(rule, judged);
      const auto match = std::min(in_scope, see(rule, facts, reader, verdict));
      if (match == Match::no) continue;
      const auto room = twins.take(i, row);
      if (!room.total && !room.severity) continue;
      twins.tell(i, row);
      count(match, row, facts.severity, room, verdict, counters_[i]);
    }
  }

  /// Whether the finding counts; where its age is only assumed and would decide, that is noted.
  static Match see(const Rule& rule, const policy::Facts& facts, const FactReader& reader,
                   RuleVerdict& verdict) {
    const auto* max_age = std::get_if<policy::MaxAge>(&rule.limit);
    const auto answer = [&](const policy::Facts& known) {
      const auto match = match_rule(rule, reader, known);
      return max_age ? std::min(match, is_overdue(*max_age, known)) : match;
    };
    const auto match = answer(facts);
    if (!reader.age_assumed() || !(max_age || policy::reads(rule.when, "age"))) return match;
    auto old = facts;
    old.age = Duration::max();
    if (answer(old) != match) ++verdict.age_unknown;
    return match;
  }

  static void count(Match match, std::uint32_t row, Severity severity, Twins::Room room, RuleVerdict& rule,
                    UnitCounter& counter) {
    switch (match) {
      case Match::no:
        return;
      case Match::yes:
        rule.counted.push_back(row);
        if (room.total && counter.is_new(row)) ++rule.count;
        if (room.severity && counter.is_new(row, severity)) ++rule.by_severity[index_of(severity)];
        return;
      case Match::unseen:
        if (room.total) ++rule.unseen;
        if (room.severity) ++rule.unseen_by_severity[index_of(severity)];
        return;
    }
  }

  /// The severities (or, for a plain number, one entry) over the limit when `extra` findings counted as well.
  static bool is_over(const policy::Limit& limit, const RuleVerdict& rule, bool with_unseen,
                      std::vector<Severity>* over) {
    const auto in_all = rule.count + (with_unseen ? rule.unseen : 0);
    if (std::holds_alternative<policy::MaxAge>(limit)) return in_all > 0;
    if (std::holds_alternative<policy::Ratchet>(limit)) return rule.ratchet && in_all > *rule.ratchet;
    if (const auto* most = std::get_if<policy::MaxCount>(&limit)) return in_all > most->count;
    bool any = false;
    for (const auto severity : all_severities) {
      const auto at = index_of(severity);
      const auto most = std::get<policy::MaxBySeverity>(limit).limit_for(severity);
      const auto counted = rule.by_severity[at] + (with_unseen ? rule.unseen_by_severity[at] : 0);
      if (!most || counted <= *most) continue;
      any = true;
      if (over) over->push_back(severity);
    }
    return any;
  }

  void decide_rule(const Rule& rule, RuleVerdict& verdict) {
    if (verdict.state == RuleState::skipped) return;
    const bool broken = is_over(rule.limit, verdict, false, &verdict.over);
    if (everything_incomplete_) verdict.needs.push_back("the run could not be finished");
    const auto types = policy::scan_types_of(rule.when);
    for (const auto type : incomplete_types_) {
      const bool needed = types.empty() || std::find(types.begin(), types.end(), type) != types.end();
      if (needed) verdict.needs.push_back("the " + std::string(name_of(type)) + " batch is not complete");
    }
    const auto* missing = reference_->missing(rule);
    if (missing) verdict.needs.push_back(missing->detail);
    // Said of a broken rule too: else one more finding could turn "incomplete" into the milder "warn".
    if (verdict.unseen > 0 && !missing && is_over(rule.limit, verdict, true, nullptr)) {
      verdict.needs.push_back("the " + unseen_facts(rule) + " of " + plural(verdict.unseen, "finding") +
                              " is not known");
      add_incomplete(Cause::context, "rule " + rule.id + ": " + verdict.needs.back() + missing_details(), {},
                     true);
    }
    verdict.state = broken                  ? RuleState::broken
                    : verdict.needs.empty() ? RuleState::kept
                                            : RuleState::undecided;
  }

  /// "triage status", "age or triage status".
  std::string unseen_facts(const Rule& rule) const {
    std::vector<std::string> names;
    if (std::holds_alternative<policy::MaxAge>(rule.limit)) names.emplace_back("age");
    if (rule.scope == policy::Scope::new_findings && reference_->compares_dates())
      names.emplace_back("first detection");
    for (const auto name : policy::detail_facts(rule.when)) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
    }
    return join(names, " or ");
  }

  /// Each thing that is missing is said once, with the rules that wait for it.
  void require_reference(const Policy& policy, const Absence& absence, std::string_view what) {
    std::vector<std::string> waiting;
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      const bool skipped = verdict_.rules[i].state == RuleState::skipped;
      if (!skipped && reference_->missing(policy.rules[i]) == &absence) waiting.push_back(policy.rules[i].id);
    }
    if (waiting.empty()) return;
    add_incomplete(absence.cause,
                   (waiting.size() == 1 ? "rule " : "rules ") + join(waiting, ", ") + ": " +
                       std::string(what) + " not known: " + absence.detail,
                   absence.hint, true);
  }

  /// A verdict that rests on no rule at all proves nothing; nor does one from which --scan-type has taken all that blocks.
  void require_a_rule(const Policy& policy) {
    bool some = false;
    bool blocking = false;
    bool for_branch = false;
    bool blocking_lost = false;
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
      const auto& rule = policy.rules[i];
      const bool there = verdict_.rules[i].state != RuleState::skipped;
      const bool of_branch = is_for_branch(rule, inputs_.subject);
      some = some || there;
      for_branch = for_branch || of_branch;
      blocking = blocking || (there && blocks(rule));
      blocking_lost = blocking_lost || (!there && of_branch && blocks(rule));
    }
    if (policy.rules.empty() || (some && (blocking || !blocking_lost))) return;
    if (for_branch) {
      add_incomplete(Cause::context,
                     std::string("no rule of the policy") + (some ? " that blocks" : "") + " is for the scan types that are judged",
                     "judge more of them: leave --scan-type out, or name others too", true);
    } else {
      add_incomplete(Cause::context, "no rule of the policy is for branch " + printable(inputs_.subject.branch, 200),
                     "add a rule without 'branches'", true);
    }
  }

  std::string missing_details() const {
    for (const auto& batch : inputs_.batches) {
      if (!batch.details_error.empty()) return " (" + batch.details_error + ")";
    }
    return {};
  }

  void add_notices(const Policy& policy) {
    auto& notices = verdict_.notices;
    std::map<std::string, std::size_t> unknown;
    for (std::size_t i = 0; i < verdict_.findings.size(); ++i) {
      if (!verdict_.findings[i].unknown_severity || unknown.size() > 20) continue;
      ++unknown[std::string(inputs_.findings.rows[i].severity_word.view().substr(0, 60))];
    }
    for (const auto& [word, count] : unknown) {
      notices.push_back("severity '" + word + "' of " + plural(count, "finding") +
                        " is unknown and ranks as " + std::string(name_of(policy.severity.unknown)));
    }
    std::vector<std::string> left_out;
    const bool known = !inputs_.scan_types.empty();
    for (const auto type : known ? policy.scan.types : std::vector<ScanType>{}) {
      if (std::find(inputs_.scan_types.begin(), inputs_.scan_types.end(), type) == inputs_.scan_types.end())
        left_out.emplace_back(name_of(type));
    }
    if (!left_out.empty())
      notices.push_back("not judged, though the policy names it in scan.types: " + join(left_out, ", "));
    if (policy.waivers) add_waiver_notices(*policy.waivers);
    for (const auto& rule : verdict_.rules) {
      if (rule.age_unknown == 0) continue;
      notices.push_back("rule " + rule.id + ": age unknown of " + plural(rule.age_unknown, "finding") +
                        ", taken as just found");
    }
    for (const auto& batch : inputs_.batches) add_join_notice(batch);
    add_baseline_notices(policy);
  }

  void add_baseline_notices(const Policy& policy) {
    if (!policy::needs_baseline(policy)) return;
    for (auto& notice : reference_->notices(verdict_.comparison))
      verdict_.notices.push_back(std::move(notice));
    // Of what is missing nobody knows that it is gone.
    if (!is_whole()) return;
    for (const auto& rule : verdict_.rules) {
      if (rule.state != RuleState::kept || !rule.ratchet || rule.count >= *rule.ratchet) continue;
      verdict_.notices.push_back("rule " + rule.id + ": " + plural(rule.count, "finding") +
                                 ", the baseline holds " + std::to_string(*rule.ratchet) +
                                 ": it can be tightened with `kolega-gate "
                                 "baseline write`");
    }
  }

  void add_join_notice(const ScanBatch& batch) {
    auto& notices = verdict_.notices;
    const std::string who = std::string(name_of(batch.type)) + " batch " + batch.id;
    if (!batch.details_error.empty()) {
      notices.push_back(
          who + ": finding details could not be read, so no triage was applied: " + batch.details_error);
    }
    // More than a tenth without details: people should know that triage and lines may be missing.
    if (batch.details_read &&
        batch.join.unmatched_results * 10 >
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, batch.rows_received))) {
      notices.push_back(who + ": " + plural(batch.join.unmatched_results, "result") + " of " +
                        std::to_string(batch.rows_received) +
                        " could not be joined with the server's finding list");
    }
  }

  bool unused_waivers_fail() const {
    return inputs_.policy && inputs_.policy->waivers &&
           inputs_.policy->waivers->unused == policy::Unused::fail &&
           std::any_of(verdict_.waivers.begin(), verdict_.waivers.end(),
                       [](const WaiverVerdict& waiver) { return waiver.state == WaiverState::unused; });
  }

  void add_waiver_notices(const policy::Waivers& waivers) {
    bool withheld = false;
    for (std::size_t i = 0; i < waivers.list.size(); ++i) {
      const auto& waiver = waivers.list[i];
      const auto& verdict = verdict_.waivers[i];
      withheld = withheld || verdict.state == WaiverState::withheld;
      const bool due = waiver.until && *waiver.until - inputs_.at <= waivers.remind;
      const bool applies = verdict.state == WaiverState::used || verdict.state == WaiverState::idle;
      const bool unused = verdict.state == WaiverState::unused && waivers.unused != policy::Unused::ok;
      const bool ended = verdict.state == WaiverState::expired || verdict.state == WaiverState::too_long;
      if (unused || ended || (applies && due)) verdict_.notices.push_back(describe_waiver(waiver, verdict));
    }
    if (!withheld) return;
    verdict_.notices.push_back(
        "the waivers of the policy are not applied: the policy of a merge request could approve its own "
        "findings; "
        "waive on the target branch first, triage on the server, judge by --trusted-policy, or set "
        "waivers.from to "
        "head");
  }

  Outcome outcome() const {
    const auto broken = [&](policy::Mode mode) {
      return std::any_of(verdict_.rules.begin(), verdict_.rules.end(), [&](const RuleVerdict& rule) {
        return rule.state == RuleState::broken && rule.mode == mode;
      });
    };
    if (broken(policy::Mode::block) || unused_waivers_fail()) return Outcome::fail;
    const auto& causes = verdict_.incomplete;
    if (std::any_of(causes.begin(), causes.end(), [](const auto& c) { return !c.allowed; }))
      return Outcome::incomplete;
    if (!causes.empty()) return Outcome::allowed_incomplete;
    if (broken(policy::Mode::warn)) return Outcome::warn;
    return Outcome::pass;
  }

  const Inputs& inputs_;
  Verdict verdict_;
  Units units_;
  std::vector<UnitCounter> counters_;
  std::optional<Reference> reference_;
  std::set<ScanType> incomplete_types_;
  bool everything_incomplete_{};
};

}  // namespace

Verdict evaluate(const Inputs& inputs) {
  return Evaluation(inputs).run();
}

}  // namespace kolega::gate
