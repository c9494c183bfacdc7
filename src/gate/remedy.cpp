#include "gate/remedy.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "gate/evaluate.hpp"
#include "gate/units.hpp"

namespace kolega::gate {

namespace {

/// A way that has not closed after so many looks has no end worth telling.
constexpr int most_rounds = 32;
/// Each finding of a way is tried out by itself while that looks at no more rows than this in all.
constexpr std::size_t most_tried_rows = 1'000'000;

/// The verdict numbers waivers in 16 bits (FindingVerdict::waiver). A policy file may list far fewer.
constexpr std::size_t most_waivers = 65'535;

std::optional<policy::Mode> deciding_mode(Outcome outcome) {
  if (outcome == Outcome::fail) return policy::Mode::block;
  if (outcome == Outcome::warn) return policy::Mode::warn;
  return std::nullopt;
}

bool decides(const RuleVerdict& rule, policy::Mode mode) {
  return rule.state == RuleState::broken && rule.mode == mode;
}

/// Numbers the distinct findings that the rows belong to.
class UnitIndex {
 public:
  UnitIndex(const Inputs& inputs, const Verdict& verdict)
      : units_(find_units(inputs.findings.rows, verdict.findings)), size_(inputs.findings.rows.size()) {}
  std::uint32_t of(std::uint32_t row) const {
    const auto shared = units_.shared.find(row);
    return shared == units_.shared.end() ? row : shared->second;
  }
  /// Every row of the units, ascending.
  std::vector<std::uint32_t> rows_of(const std::set<std::uint32_t>& units) const {
    std::vector<std::uint32_t> out;
    for (std::uint32_t row = 0; row < size_; ++row) {
      if (units.contains(of(row))) out.push_back(row);
    }
    return out;
  }

 private:
  Units units_;
  std::size_t size_;
};

/// One number that is too large: of a rule, or of one severity of a rule.
struct Need {
  std::size_t rule{};
  std::optional<Severity> severity{};
  std::int64_t left{};  ///< how many findings must still go
};

std::vector<Need> needs_of(const policy::Policy& policy, const Verdict& verdict, policy::Mode mode) {
  std::vector<Need> out;
  for (std::size_t i = 0; i < verdict.rules.size(); ++i) {
    const auto& rule = verdict.rules[i];
    if (!decides(rule, mode)) continue;
    const auto& limit = policy.rules[i].limit;
    if (const auto* most = std::get_if<policy::MaxBySeverity>(&limit)) {
      for (const auto severity : rule.over) {
        const auto over = rule.by_severity[index_of(severity)] - most->limit_for(severity).value_or(0);
        out.push_back({i, severity, static_cast<std::int64_t>(over)});
      }
    } else {
      const auto* count = std::get_if<policy::MaxCount>(&limit);
      const auto allowed = count ? count->count : rule.ratchet.value_or(0);
      out.push_back({i, std::nullopt, static_cast<std::int64_t>(rule.count - allowed)});
    }
  }
  return out;
}

/// Which needs each counted unit helps.
using Helps = std::map<std::uint32_t, std::set<std::size_t>>;

Helps find_helps(const Verdict& verdict, const std::vector<Need>& needs, const UnitIndex& units) {
  Helps out;
  for (std::size_t n = 0; n < needs.size(); ++n) {
    for (const auto row : verdict.rules[needs[n].rule].counted) {
      if (needs[n].severity && verdict.findings[row].severity != *needs[n].severity) continue;
      out[units.of(row)].insert(n);
    }
  }
  return out;
}

/// Units whose going meets all needs, those that help most needs first; none of them is superfluous.
std::vector<std::uint32_t> choose(std::vector<Need> needs, const Helps& helps) {
  std::vector<std::pair<std::uint32_t, const std::set<std::size_t>*>> order;
  for (const auto& [unit, helped] : helps) order.emplace_back(unit, &helped);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second->size() > b.second->size(); });
  const auto any = [&](const std::set<std::size_t>& helped, const auto& holds) {
    return std::any_of(helped.begin(), helped.end(), [&](std::size_t n) { return holds(needs[n].left); });
  };
  std::vector<std::pair<std::uint32_t, const std::set<std::size_t>*>> taken;
  for (const auto& candidate : order) {
    if (!any(*candidate.second, [](std::int64_t left) { return left > 0; })) continue;
    for (const auto n : *candidate.second) --needs[n].left;
    taken.push_back(candidate);
  }
  std::vector<std::uint32_t> out;
  for (auto candidate = taken.rbegin(); candidate != taken.rend(); ++candidate) {
    if (any(*candidate->second, [](std::int64_t left) { return left >= 0; })) {
      out.push_back(candidate->first);
    } else {
      for (const auto n : *candidate->second) ++needs[n].left;
    }
  }
  return out;
}

/// Facts after some findings were dealt with by one means.
struct Altered {
  Inputs inputs{};
  std::vector<std::uint32_t> origin{};  ///< the rows as the record numbers them
};

class Searcher {
 public:
  Searcher(const DecisionRecord& record, policy::Mode mode)
      : inputs_(record.inputs), verdict_(record.verdict), mode_(mode), units_(inputs_, verdict_) {}

  /// Nothing when it leads nowhere.
  std::optional<Way> find(Means means) const {
    std::set<std::uint32_t> chosen;
    std::set<std::string> dropped;
    for (int round = 0; round < most_rounds; ++round) {
      const auto altered = apply(means, chosen, dropped);
      if (!altered) return std::nullopt;
      const auto verdict = evaluate(altered->inputs);
      const bool broken = std::any_of(verdict.rules.begin(), verdict.rules.end(),
                                      [&](const RuleVerdict& rule) { return decides(rule, mode_); });
      const bool unused = !broken && verdict.outcome == Outcome::fail;
      if (!broken && !unused) {
        // What a later look adds can make superfluous what an earlier one chose; a waiver may take another
        // finding once one is gone; and once one of two findings that could be the same old one is gone, a
        // baseline may know the other.
        const bool may_spare = round > 1 || inputs_.baseline || inputs_.policy->waivers;
        const auto outcome = may_spare ? prune(means, chosen, dropped, verdict.outcome) : verdict.outcome;
        return way(means, chosen, dropped, outcome);
      }
      const bool progress = unused ? drop_unused(verdict, dropped) : extend(*altered, verdict, chosen);
      if (!progress) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  /// Takes out what need not be dealt with; gives the outcome then.
  Outcome prune(Means means, std::set<std::uint32_t>& chosen, const std::set<std::string>& dropped,
                Outcome outcome) const {
    if (chosen.size() * inputs_.findings.rows.size() > most_tried_rows) return outcome;
    for (auto unit = chosen.begin(); unit != chosen.end();) {
      auto fewer = chosen;
      fewer.erase(*unit);
      const auto altered = apply(means, fewer, dropped);
      const auto without = altered ? evaluate(altered->inputs).outcome : Outcome::fail;
      if (static_cast<int>(without) >= static_cast<int>(verdict_.outcome)) {
        ++unit;
        continue;
      }
      outcome = without;
      unit = chosen.erase(unit);
    }
    return outcome;
  }

  Way way(Means means, const std::set<std::uint32_t>& chosen, const std::set<std::string>& dropped,
          Outcome outcome) const {
    return {means, chosen.size(), units_.rows_of(chosen), {dropped.begin(), dropped.end()}, outcome};
  }

  static bool drop_unused(const Verdict& verdict, std::set<std::string>& dropped) {
    const auto before = dropped.size();
    for (const auto& waiver : verdict.waivers) {
      if (waiver.state == WaiverState::unused) dropped.insert(waiver.id);
    }
    return dropped.size() > before;
  }

  /// Adds what the rules that are still broken need; false when there is nothing left to add.
  bool extend(const Altered& altered, const Verdict& verdict, std::set<std::uint32_t>& chosen) const {
    const auto needs = needs_of(*altered.inputs.policy, verdict, mode_);
    Helps helps;
    for (const auto& [unit, helped] : find_helps(verdict, needs, UnitIndex(altered.inputs, verdict))) {
      const auto own = units_.of(altered.origin[unit]);
      if (!chosen.contains(own)) helps[own].insert(helped.begin(), helped.end());
    }
    const auto before = chosen.size();
    for (const auto unit : choose(needs, helps)) chosen.insert(unit);
    if (chosen.size() == before) add_twins(altered, verdict, chosen);
    return chosen.size() > before;
  }

  /// Of twins nobody knows which is which: when some are still counted, the others must be dealt with as
  /// well.
  void add_twins(const Altered& altered, const Verdict& verdict, std::set<std::uint32_t>& chosen) const {
    std::set<std::uint32_t> groups;
    for (const auto& rule : verdict.rules) {
      if (!decides(rule, mode_)) continue;
      for (const auto row : rule.counted) groups.insert(altered.inputs.findings.rows.twin_group(row));
    }
    groups.erase(0);
    for (std::uint32_t row = 0; row < inputs_.findings.rows.size(); ++row) {
      if (groups.contains(inputs_.findings.rows.twin_group(row))) chosen.insert(units_.of(row));
    }
  }

  std::optional<Altered> apply(Means means, const std::set<std::uint32_t>& chosen,
                               const std::set<std::string>& dropped) const {
    Altered out{inputs_, {}};
    auto& rows = out.inputs.findings.rows;
    for (std::uint32_t row = 0; row < rows.size(); ++row) out.origin.push_back(row);
    if (out.inputs.policy->waivers) {
      std::erase_if(out.inputs.policy->waivers->list,
                    [&](const policy::Waiver& waiver) { return dropped.contains(waiver.id); });
    }
    const auto touched = units_.rows_of(chosen);
    switch (means) {
      case Means::fix:
        erase(out, touched);
        return out;
      case Means::triage:
        if (!triage(out.inputs, touched)) return std::nullopt;
        return out;
      case Means::waive:
        if (!waive(out.inputs, touched)) return std::nullopt;
        return out;
    }
    return std::nullopt;
  }

  static void erase(Altered& out, const std::vector<std::uint32_t>& touched) {
    auto& rows = out.inputs.findings.rows;
    std::uint32_t next = 0;
    rows.erase_if([&](const Finding&) { return std::binary_search(touched.begin(), touched.end(), next++); });
    std::erase_if(out.origin,
                  [&](std::uint32_t row) { return std::binary_search(touched.begin(), touched.end(), row); });
  }

  /// Only where the server's status of findings reaches the verdict.
  static bool triage(Inputs& inputs, const std::vector<std::uint32_t>& touched) {
    if (inputs.policy->honor.empty()) return false;
    auto& pool = *inputs.findings.pool;
    for (const auto row : touched) {
      Finding finding = inputs.findings.rows[row];
      if (!finding.details) return false;
      auto details = *finding.details;
      details.status = pool.intern(name_of(inputs.policy->honor.back()));
      finding.details = pool.store(details);
      inputs.findings.rows.set(row, finding);
    }
    return true;
  }

  static bool waive(Inputs& inputs, const std::vector<std::uint32_t>& touched) {
    auto& waivers = inputs.policy->waivers;
    if (!waivers) waivers.emplace();
    std::map<std::string, std::uint64_t> limits;
    for (const auto row : touched) {
      const auto fingerprint = inputs.findings.rows.fingerprint(row);
      if (fingerprint.empty()) return false;
      ++limits[fingerprint.str()];
    }
    if (limits.size() + waivers->list.size() > most_waivers) return false;
    for (const auto& [fingerprint, limit] : limits) {
      policy::Waiver waiver;
      waiver.id = "\x7f" + fingerprint;  // behind every other: they take theirs first
      waiver.match.fingerprint = {fingerprint};
      waiver.limit = limit;
      waiver.until = inputs.at + std::chrono::hours(1);
      waivers->list.push_back(std::move(waiver));
    }
    return true;
  }

  const Inputs& inputs_;
  const Verdict& verdict_;
  policy::Mode mode_;
  UnitIndex units_;
};

/// The limit at which the rule would just hold: what it has now where that is enough, else what was counted.
std::optional<policy::Limit> sufficient(const policy::Limit& limit, const RuleVerdict& rule) {
  if (std::holds_alternative<policy::MaxCount>(limit)) return policy::MaxCount{rule.count};
  const auto* most = std::get_if<policy::MaxBySeverity>(&limit);
  if (!most) return std::nullopt;
  // Every severity is named, so that a raised number does not hand itself on to the next one.
  policy::MaxBySeverity out;
  for (const auto severity : all_severities) out.named[index_of(severity)] = most->limit_for(severity);
  for (const auto severity : rule.over) out.named[index_of(severity)] = rule.by_severity[index_of(severity)];
  return out;
}

std::vector<Excess> excesses(const DecisionRecord& record, policy::Mode mode) {
  const auto& policy = *record.inputs.policy;
  const UnitIndex units(record.inputs, record.verdict);
  const auto needs = needs_of(policy, record.verdict, mode);
  std::vector<Excess> out;
  for (std::size_t i = 0; i < record.verdict.rules.size(); ++i) {
    const auto& rule = record.verdict.rules[i];
    if (!decides(rule, mode)) continue;
    std::vector<Need> own;
    Excess excess{.rule = i, .limit = sufficient(policy.rules[i].limit, rule)};
    for (const auto& need : needs) {
      if (need.rule != i) continue;
      own.push_back(need);
      if (need.severity) excess.by_severity.emplace_back(*need.severity, need.left);
    }
    std::reverse(excess.by_severity.begin(), excess.by_severity.end());
    const auto helps = find_helps(record.verdict, own, units);
    excess.count = choose(own, helps).size();
    excess.candidates = helps.size();
    out.push_back(std::move(excess));
  }
  return out;
}

std::string why_closed(const DecisionRecord& record, Means means, const std::vector<Excess>& rules) {
  const auto& policy = *record.inputs.policy;
  switch (means) {
    case Means::fix:
      return "no set of findings was found that does";
    case Means::triage:
      return policy.honor.empty() ? "the policy honours no triage status"
                                  : "the server's details of a finding are not known";
    case Means::waive:
      for (const auto& excess : rules) {
        const auto& rule = policy.rules[excess.rule];
        if (!rule.waivable) return "rule " + rule.id + " cannot be waived (waivable: false)";
      }
      if (policy.waivers.value_or(policy::Waivers{}).from == policy::WaiverSide::base &&
          !record.inputs.subject.change.empty())
        return "a merge request does not waive its own findings (waivers.from: base); waive on the target "
               "branch first";
      for (const auto& excess : rules) {
        if (excess.count > most_waivers) return "no policy names so many findings one by one";
      }
      return "a finding has no fingerprint to name";
  }
  return {};
}

}  // namespace

Remedy find_remedy(const DecisionRecord& record) {
  Remedy out;
  const auto mode = deciding_mode(record.verdict.outcome);
  if (!mode || !record.inputs.policy) return out;
  out.rules = excesses(record, *mode);
  const Searcher searcher(record, *mode);
  for (const auto means : {Means::fix, Means::triage, Means::waive}) {
    if (auto way = searcher.find(means)) {
      out.ways.push_back(std::move(*way));
    } else {
      out.closed.emplace_back(means, why_closed(record, means, out.rules));
    }
  }
  return out;
}

}  // namespace kolega::gate
