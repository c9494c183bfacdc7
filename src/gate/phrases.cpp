#include "gate/phrases.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::gate {

std::string headline(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "PASS";
    case Outcome::warn:
      return "PASS with warnings";
    case Outcome::allowed_incomplete:
      return "INCOMPLETE (allowed by the policy)";
    case Outcome::incomplete:
      return "INCOMPLETE";
    case Outcome::fail:
      return "FAIL";
    case Outcome::bypassed:
      return "BYPASSED";
  }
  return "INCOMPLETE";
}

namespace {

template <class Predicate>
std::vector<std::string> rule_ids(const Verdict& verdict, Predicate wanted) {
  std::vector<std::string> out;
  for (const auto& rule : verdict.rules) {
    if (wanted(rule)) out.push_back(rule.id);
  }
  return out;
}

std::vector<std::string> broken(const Verdict& verdict, policy::Mode mode) {
  return rule_ids(
      verdict, [&](const RuleVerdict& rule) { return rule.state == RuleState::broken && rule.mode == mode; });
}

std::string causes(const Verdict& verdict) {
  std::vector<std::string> names;
  for (const auto& entry : verdict.incomplete) {
    const std::string name(name_of(entry.cause));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return join(names, ", ");
}

std::string unused_waivers(const Verdict& verdict) {
  std::vector<std::string> ids;
  for (const auto& waiver : verdict.waivers) {
    if (waiver.state == WaiverState::unused) ids.push_back(waiver.id);
  }
  return (ids.size() == 1 ? "waiver " : "waivers ") + join(ids, ", ") + (ids.size() == 1 ? " is" : " are") +
         " unused";
}

std::string rules_are(const std::vector<std::string>& ids) {
  return (ids.size() == 1 ? "rule " : "rules ") + join(ids, ", ") + (ids.size() == 1 ? " is" : " are");
}

/// "1 broken but only observed (the-rest), ", or nothing. A rule that blocks nobody is still not kept.
std::string observed(const Verdict& verdict) {
  constexpr std::size_t most_named = 3;
  auto ids = broken(verdict, policy::Mode::observe);
  if (ids.empty()) return {};
  const auto count = std::to_string(ids.size());
  if (ids.size() > most_named) {
    ids.resize(most_named);
    ids.emplace_back("...");
  }
  return count + " broken but only observed (" + join(ids, ", ") + "), ";
}

/// `outcome` is the verdict's own, or what it is but for a bypass.
std::string summary(const Inputs& inputs, const Verdict& verdict, Outcome outcome) {
  const auto found = plural(verdict.tally.total, "finding");
  const auto kept = rule_ids(verdict, [](const RuleVerdict& rule) {
    return rule.state != RuleState::skipped && rule.state != RuleState::broken;
  });
  switch (outcome) {
    case Outcome::fail:
      // Nothing but a waiver that is not used, where the policy says that this fails.
      if (broken(verdict, policy::Mode::block).empty())
        return unused_waivers(verdict) + ", " + found + " in all";
      return rules_are(broken(verdict, policy::Mode::block)) + " broken, " + found + " in all";
    case Outcome::incomplete:
      return "nothing can be proven: " + causes(verdict) + ", " + found + " read";
    case Outcome::allowed_incomplete:
      return "the policy allows this incompleteness: " + causes(verdict);
    case Outcome::warn:
      return rules_are(broken(verdict, policy::Mode::warn)) + " broken but only warn, " + observed(verdict) + found + " in all";
    case Outcome::pass:
      return plural(kept.size(), "rule") + " kept, " + observed(verdict) + found + " in " +
             plural(inputs.batches.size(), "complete scan");
    case Outcome::bypassed:
      break;
  }
  return {};
}

}  // namespace

std::string summary(const DecisionRecord& record) {
  if (record.verdict.outcome == Outcome::bypassed) return describe_bypass(record);
  return summary(record.inputs, record.verdict, record.verdict.outcome);
}

std::string describe_honored(const policy::Policy& policy) {
  std::vector<std::string> words;
  for (const auto status : policy.honor) words.emplace_back(name_of(status));
  return join(words, " or ");
}

std::string describe_bypass(const DecisionRecord& record) {
  const auto& bypass = record.inputs.bypass;
  if (!bypass || !record.verdict.bypassed) return {};
  const auto& actor = record.inputs.subject.actor;
  auto out = "bypassed by " + (actor.empty() ? "somebody whom the surroundings do not name" : actor);
  if (!bypass->ticket.empty()) out += ", ticket " + printable(bypass->ticket, 60);
  if (!bypass->reason.empty()) out += ", because: " + printable(bypass->reason, 200);
  return out + "; without that: " + headline(*record.verdict.bypassed) + ", " +
         summary(record.inputs, record.verdict, *record.verdict.bypassed);
}

std::string describe_types(const policy::Rule& rule) {
  std::vector<std::string> names;
  for (const auto type : policy::scan_types_of(rule.when)) names.emplace_back(name_of(type));
  return names.empty() ? "other scan types" : join(names, " or ");
}

std::string describe_limit(const policy::Limit& limit) {
  if (const auto* most = std::get_if<policy::MaxCount>(&limit))
    return "at most " + std::to_string(most->count);
  const auto list = [](const auto& named, const auto& write) {
    std::vector<std::string> parts;
    for (auto severity = all_severities.rbegin(); severity != all_severities.rend(); ++severity) {
      const auto& most = named[index_of(*severity)];
      if (most) parts.push_back(std::string(name_of(*severity)) + " " + write(*most));
    }
    return join(parts, ", ");
  };
  if (std::holds_alternative<policy::Ratchet>(limit)) return "as many as the baseline holds";
  if (const auto* age = std::get_if<policy::MaxAge>(&limit))
    return "none older than " + list(age->named, format_duration);
  return "at most " + list(std::get<policy::MaxBySeverity>(limit).named,
                           [](std::uint64_t most) { return std::to_string(most); });
}

namespace {

std::string_view describe_scope(policy::Scope scope) {
  switch (scope) {
    case policy::Scope::all:
      return "";
    case policy::Scope::new_findings:
      return " that are new";
    case policy::Scope::changed_files:
      return " in changed files";
    case policy::Scope::changed_lines:
      return " on changed lines";
  }
  return "";
}

}  // namespace

std::string describe_limit(const policy::Rule& rule, const RuleVerdict& verdict) {
  if (verdict.ratchet) return "at most " + std::to_string(*verdict.ratchet) + ", as the baseline";
  return describe_limit(rule.limit) + std::string(describe_scope(rule.scope));
}

std::string describe_counts(const std::array<std::uint64_t, 5>& by_severity) {
  std::string out;
  for (auto severity = all_severities.rbegin(); severity != all_severities.rend(); ++severity) {
    const auto count = by_severity[index_of(*severity)];
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += std::string(name_of(*severity)) + " " + std::to_string(count);
  }
  return out.empty() ? "none" : out;
}

std::string describe_rule(const policy::Rule& rule, const RuleVerdict& verdict) {
  std::string out = rule.id + ": " + plural(verdict.count, "finding");
  if (verdict.count > 0) out += " (" + describe_counts(verdict.by_severity) + ")";
  out += ", " + describe_limit(rule, verdict);
  for (const auto& need : verdict.needs) out += "; " + need;
  return out;
}

namespace {

std::string describe_state(const WaiverVerdict& verdict) {
  const auto found = plural(verdict.findings.size(), "finding");
  switch (verdict.state) {
    case WaiverState::used:
      return "took " + found;
    case WaiverState::unused:
      return "is unused: nothing matches it";
    case WaiverState::idle:
      return "took no finding";
    case WaiverState::expired:
      return "has expired, " + found + " it covered " + (verdict.findings.size() == 1 ? "counts" : "count");
    case WaiverState::too_long:
      return "does not apply: it ends later than waivers.max_days allows, " + found + " uncovered";
    case WaiverState::withheld:
      return "is not applied in a merge request, " + found + " uncovered";
  }
  return {};
}

}  // namespace

std::string describe_waiver(const policy::Waiver& waiver, const WaiverVerdict& verdict) {
  std::vector<std::string> who;
  if (!waiver.owner.empty()) who.push_back("owner " + waiver.owner);
  if (!waiver.ticket.empty()) who.push_back("ticket " + waiver.ticket);
  auto out = "waiver " + waiver.id + " " + describe_state(verdict);
  out += waiver.until ? ", until " + describe_end(waiver) : ", without an end";
  if (!who.empty()) out += " (" + join(who, ", ") + ")";
  return waiver.reason.empty() ? out : out + ": " + waiver.reason;
}

std::string describe_batch(const ScanBatch& batch, const BatchVerdict& verdict) {
  std::string out(name_of(batch.type));
  if (!batch.id.empty()) out += " batch " + batch.id;
  out += ": " + std::string(name_of(verdict.grade));
  if (batch.ending == BatchEnding::read)
    out += ", " + plural(static_cast<std::size_t>(std::max<std::int64_t>(0, batch.rows_received)), "finding");
  if (!verdict.reasons.empty()) out += " (" + join(verdict.reasons, "; ") + ")";
  return out;
}

}  // namespace kolega::gate
