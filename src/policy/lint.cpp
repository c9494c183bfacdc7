// Remarks on a policy that is well formed and still makes no sense: rules that no finding can reach or break.
#include <algorithm>
#include <map>

#include "policy/condition_keys.hpp"
#include "policy/lock.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

namespace {

/// One finding as far as the policy alone can tell; its path, check and tags may be anything.
struct Kind {
  Severity severity{};
  ScanType type{};
  std::optional<TriageStatus> status{};
};

bool fits(const Condition& condition, const Kind& kind) {
  const auto has = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return (!condition.severity || condition.severity->has(kind.severity)) &&
         has(condition.scan_type, kind.type) &&
         (condition.status.empty() || (kind.status && has(condition.status, *kind.status)));
}

bool must_match(const Condition& condition, const Kind& kind);

/// Whether some finding of this kind matches.
bool may_match(const Condition& condition, const Kind& kind) {
  return fits(condition, kind) &&
         (condition.any.empty() || std::any_of(condition.any.begin(), condition.any.end(),
                                               [&](const auto& any) { return may_match(any, kind); })) &&
         std::none_of(condition.negated.begin(), condition.negated.end(),
                      [&](const auto& negated) { return must_match(negated, kind); });
}

/// Whether every finding of this kind matches.
bool must_match(const Condition& condition, const Kind& kind) {
  return fits(condition, kind) && condition.check_id.empty() && condition.path.empty() &&
         condition.cwe.empty() && condition.owasp.empty() && !condition.cvss && !condition.age &&
         condition.category.empty() && condition.fingerprint.empty() && condition.repository.empty() &&
         (condition.any.empty() || std::any_of(condition.any.begin(), condition.any.end(),
                                               [&](const auto& any) { return must_match(any, kind); })) &&
         std::none_of(condition.negated.begin(), condition.negated.end(),
                      [&](const auto& negated) { return may_match(negated, kind); });
}

/// A `not` of nothing but a path, of which it is known what it takes out.
bool is_only_path(const Condition& condition) {
  return !condition.path.empty() && to_node(condition).entries.size() == 1;
}

/// Calls `visit` with the path lists of each way to fulfil the condition, until it returns true; what it returned last.
template <class Visit>
bool any_way(const Condition& condition, std::vector<PathWish> wishes, const Visit& visit) {
  if (!condition.path.empty()) wishes.push_back({condition.path});
  for (const auto& negated : condition.negated) {
    if (is_only_path(negated)) wishes.push_back({negated.path, false});
  }
  if (condition.any.empty()) return visit(wishes);
  return std::ranges::any_of(condition.any,
                             [&](const Condition& way) { return any_way(way, wishes, visit); });
}

using Types = std::vector<ScanType>;
using Statuses = std::vector<std::optional<TriageStatus>>;

const Types every_type{all_scan_types.begin(), all_scan_types.end()};

/// The statuses that a finding in front of the rules can have, nothing for one without details.
Statuses statuses_without(const std::vector<TriageStatus>& honor) {
  Statuses out{std::nullopt};
  for (std::size_t i = 0; i < triage_names.size(); ++i) {
    const auto status = static_cast<TriageStatus>(i);
    if (std::find(honor.begin(), honor.end(), status) == honor.end()) out.emplace_back(status);
  }
  return out;
}

/// The severities of findings that can match.
SeveritySet reach(const Condition& condition, const Types& types, const Statuses& statuses) {
  SeveritySet out;
  for (const auto severity : all_severities) {
    for (const auto type : types) {
      for (const auto& status : statuses) {
        if (out.has(severity)) break;
        if (may_match(condition, {severity, type, status})) out.add(severity);
      }
    }
  }
  return out;
}

bool is_limited(const Limit& limit, const SeveritySet& severities) {
  const auto some = [&](const auto& by_severity) {
    return std::any_of(all_severities.begin(), all_severities.end(), [&](Severity severity) {
      return severities.has(severity) && by_severity.limit_for(severity);
    });
  };
  if (const auto* count = std::get_if<MaxBySeverity>(&limit)) return some(*count);
  if (const auto* age = std::get_if<MaxAge>(&limit)) return some(*age);
  return true;
}

class Linter {
 public:
  Linter(const Policy& policy, Reader& reader) : policy_(policy), reader_(reader) {}

  void run() {
    check_ids();
    lint_locks(policy_, names_of(policy_rows()), reader_);
    check_excludes();
    for (const auto& rule : policy_.rules) check_rule(rule);
    if (policy_.baseline && !needs_baseline(policy_)) {
      reader_.remark(Diagnostic::Level::warning, policy_.baseline->pos, 1,
                     "no rule compares with the baseline",
                     "give a rule 'scope: new' or 'max: ratchet', or remove 'baseline'");
    }
    if (!policy_.waivers) return;
    lint_waivers(*policy_.waivers, reader_);
    for (const auto& waiver : policy_.waivers->list) check_waiver(waiver);
  }

 private:
  void check_ids() {
    std::map<std::string_view, const Rule*> seen;
    for (const auto& rule : policy_.rules) {
      const auto [first, added] = seen.emplace(rule.id, &rule);
      if (added || rule.id.empty()) continue;
      const auto& other = *first->second;
      error(rule.pos, rule.id.size(), "rule id " + quoted(rule.id) + " is used twice",
            "it belongs to " + place_of(other.pos, rule.pos) + " already");
    }
  }

  void check_baseline(const Rule& rule) {
    if (!needs_baseline(rule)) return;
    const bool ratchet = std::holds_alternative<Ratchet>(rule.limit);
    const std::string what = ratchet ? "'max: ratchet'" : "'scope: new'";
    if (!policy_.baseline) {
      error(rule.pos, rule.id.size(),
            "rule " + quoted(rule.id) + " has " + what + ", and the policy has no baseline to compare with",
            "add for example 'baseline: {from: previous_batch, first_run: all_new}'");
    } else if (ratchet && policy_.baseline->from == BaselineSettings::From::detected_before) {
      error(rule.pos, rule.id.size(),
            "rule " + quoted(rule.id) + " has 'max: ratchet', and a date holds no findings to count",
            "write 'scope: new' and 'max: 0', or take the baseline from a file or a batch");
    }
  }

  void check_rule(const Rule& rule) {
    check_baseline(rule);
    const auto& pos = rule.when.pos.line > 0 ? rule.when.pos : rule.pos;
    const auto reached = reach(rule.when, policy_.scan.types, statuses_without(policy_.honor));
    if (reached.empty()) {
      error(pos, 1, "rule " + quoted(rule.id) + " can never count anything", why_unreachable(rule));
      return;
    }
    check_paths(rule, pos);
    if (!is_limited(rule.limit, reached)) {
      error(rule.pos, rule.id.size(), "rule " + quoted(rule.id) + " can never be broken",
            "its " + std::string(std::holds_alternative<MaxAge>(rule.limit) ? "'max_age'" : "'max'") +
                " sets no limit for the severities that its 'when' lets through");
    }
    for (const auto type : scan_types_of(rule.when)) {
      const auto& types = policy_.scan.types;
      if (std::find(types.begin(), types.end(), type) != types.end()) continue;
      reader_.remark(Diagnostic::Level::warning, pos, 1,
                     "rule " + quoted(rule.id) + " looks at " + std::string(name_of(type)) +
                         ", which is not in scan.types",
                     "add it there, or remove it here");
    }
  }

  /// Each takes out some paths; all of them together could take out the whole repository.
  void check_excludes() {
    for (const auto& exclude : policy_.excludes) excluded_.push_back({exclude.paths, false});
    if (excluded_.size() < 2) return;
    const auto& last = policy_.excludes.back();
    if (!reader_.leaves_no_path(excluded_, last.pos)) return;
    error(last.pos, 1, "with this, 'exclude' takes out every path", "name the folders whose findings do not count");
    excluded_.clear();  // said once, not of every rule
  }

  bool has_no_path(const Condition& condition, const std::vector<PathWish>& excluded, const SourcePos& pos) {
    return !any_way(condition, excluded, [&](const std::vector<PathWish>& wishes) {
      return wishes.size() < 2 || !reader_.leaves_no_path(wishes, pos);
    });
  }

  void check_paths(const Rule& rule, const SourcePos& pos) {
    if (!reads(rule.when, "path")) return;
    if (has_no_path(rule.when, {}, pos)) {
      error(pos, 1, "rule " + quoted(rule.id) + " can never count anything", "no path fulfils all its conditions on paths");
    } else if (rule.waivable && has_no_path(rule.when, excluded_, pos)) {
      error(pos, 1, "rule " + quoted(rule.id) + " can never count anything",
            "'exclude' takes out every path that its 'when' lets through; 'waivable: false' counts them all the same");
    }
  }

  void check_waiver(const Waiver& waiver) {
    if (has_no_path(waiver.match, {}, waiver.pos)) {
      error(waiver.pos, waiver.id.size(), "waiver " + quoted(waiver.id) + " can never match anything",
            "no path fulfils all its conditions on paths");
      return;
    }
    if (!reach(waiver.match, policy_.scan.types, statuses_without(policy_.honor)).empty()) return;
    error(waiver.pos, waiver.id.size(), "waiver " + quoted(waiver.id) + " can never match anything",
          "its conditions contradict each other, scan.types or triage.honor");
  }

  std::string why_unreachable(const Rule& rule) const {
    const auto statuses = statuses_without(policy_.honor);
    if (!reach(rule.when, every_type, statuses).empty()) return "its scan types are not in scan.types";
    if (!reach(rule.when, every_type, statuses_without({})).empty()) {
      return "triage.honor takes these findings out before the rules";
    }
    return "its conditions contradict each other";
  }

  void error(const SourcePos& pos, std::size_t length, std::string message, std::string hint) {
    reader_.remark(Diagnostic::Level::error, pos, static_cast<int>(std::min<std::size_t>(length, 100)),
                   std::move(message), std::move(hint));
  }

  const Policy& policy_;
  Reader& reader_;
  std::vector<PathWish> excluded_{};  ///< paths that excludes leave
};

}  // namespace

bool can_count(const Policy& policy, const Rule& rule, const std::vector<ScanType>& types) {
  return !reach(rule.when, types, statuses_without(policy.honor)).empty();
}

void lint_policy(const Policy& policy, Reader& reader) {
  Linter(policy, reader).run();
}

}  // namespace kolega::policy
