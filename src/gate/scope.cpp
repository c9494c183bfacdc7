#include "gate/scope.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gate/baseline_entry.hpp"
#include "gate/normalise.hpp"
#include "gate/novelty.hpp"

namespace kolega::gate {

using policy::BaselineSettings;
using policy::Match;
using policy::Scope;

namespace {

/// Relative to the root of the repository, as the paths of a diff are.
bool is_place(std::string_view path) {
  const bool drive = path.size() > 1 && path[1] == ':';
  // Folding has made one slash of the two behind a scheme.
  const bool scheme = path.find(":/") != std::string_view::npos;
  return !path.empty() && !path.starts_with('/') && !drive && !scheme;
}

/// Folding takes a step up as the way back; where the step before it is a link, it is another one.
bool steps_up(std::string_view path) {
  const auto ends_step = [&](std::size_t at) { return at >= path.size() || path[at] == '/' || path[at] == '\\'; };
  for (auto at = path.find(".."); at != std::string_view::npos; at = path.find("..", at + 1)) {
    if ((at == 0 || ends_step(at - 1)) && ends_step(at + 2)) return true;
  }
  return false;
}

Match match_of(CompactBool fact) {
  if (!fact) return Match::unseen;
  return *fact ? Match::yes : Match::no;
}

}  // namespace

void mark_changes(const Inputs& inputs, std::vector<FindingVerdict>& judged) {
  if (!inputs.changes) return;
  std::string scratch;
  for (std::size_t row = 0; row < judged.size(); ++row) {
    const auto& finding = inputs.findings.rows[row];
    const auto path = fold_path(finding.path, scratch);
    const bool anywhere = steps_up(finding.path) || !is_place(path);
    judged[row].in_changed_file = anywhere || inputs.changes->touches_file(path);
    judged[row].on_changed_line =
        anywhere || inputs.changes->touches_lines(path, finding.line, finding.end_line);
  }
}

void count_active(const std::vector<FindingVerdict>& judged, Comparison& comparison) {
  for (const auto& finding : judged) {
    if (finding.disposition != Disposition::active || !finding.is_new) continue;
    if (*finding.is_new) {
      ++comparison.fresh;
      ++comparison.fresh_by_severity[index_of(finding.severity)];
    } else {
      ++comparison.known;
    }
  }
}

Reference::Reference(const Inputs& inputs, const policy::Policy& policy) : inputs_(inputs) {
  no_baseline_.detail = "the policy has no baseline";
  no_changes_ = inputs.no_changes.value_or(Absence{
      .detail = "nothing says what this change changes",
      .hint = "give the base with --base REF, or the changes with --diff FILE or --changed-files FILE"});
  if (inputs.baseline || policy.baseline) choose(policy);
}

void Reference::choose(const policy::Policy& policy) {
  if (inputs_.baseline) {
    kind_ = inputs_.baseline->complete ? Kind::entries : Kind::missing;
    no_baseline_ = {.detail = "the baseline " + printable(inputs_.baseline->origin, 300) +
                              " was made of a scan that was not complete",
                    .hint = "write it anew from a complete scan: kolega-gate baseline write"};
    return;
  }
  if (!inputs_.no_baseline && policy.baseline->from == BaselineSettings::From::detected_before) {
    kind_ = Kind::date;
    before_ = policy.baseline->before;
    no_baseline_.detail = "a date holds no findings to count";
    return;
  }
  kind_ = Kind::missing;
  no_baseline_ = inputs_.no_baseline.value_or(
      Absence{.detail = "no baseline was read", .hint = "give one with --baseline FILE"});
  if (no_baseline_.none_yet && policy.baseline) start_first_run(policy.baseline->first_run);
}

void Reference::start_first_run(policy::FirstRun word) {
  switch (word) {
    case policy::FirstRun::all_new:
      kind_ = Kind::all_new;
      return;
    case policy::FirstRun::learn:
      // A merge request could remove the baseline, and with it every finding of its own.
      if (inputs_.subject.change.empty()) {
        kind_ = Kind::learn;
      } else {
        no_baseline_.detail += "; a first run cannot learn in a merge request";
      }
      return;
    case policy::FirstRun::incomplete:
      return;
  }
}

std::optional<Comparison> Reference::compare(std::vector<FindingVerdict>& judged) const {
  switch (kind_) {
    case Kind::unused:
    case Kind::learn:
    case Kind::missing:
      return std::nullopt;
    case Kind::entries:
      return mark_new(*inputs_.baseline, inputs_.changes ? &*inputs_.changes : nullptr, inputs_.findings,
                      judged);
    case Kind::date:
      return compare_dates(judged);
    case Kind::all_new:
      for (auto& finding : judged) finding.is_new = true;
      return Comparison{};
  }
  return std::nullopt;
}

/// A finding whose first detection is not known is new; where the details of its batch could not be read at
/// all, nobody can tell.
Comparison Reference::compare_dates(std::vector<FindingVerdict>& judged) const {
  const auto& rows = inputs_.findings.rows;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto first = rows.details(row) ? rows.details(row)->first_detected_at : std::nullopt;
    if (first) {
      judged[row].is_new = *first >= before_;
    } else if (rows[row].batch >= inputs_.batches.size() ||
               inputs_.batches[rows[row].batch].details_error.empty()) {
      judged[row].is_new = true;
    }
  }
  return {};
}

Match Reference::in_scope(const policy::Rule& rule, const FindingVerdict& judged) const {
  switch (rule.scope) {
    case Scope::all:
      return Match::yes;
    case Scope::new_findings:
      return learns() ? Match::no : match_of(judged.is_new);
    case Scope::changed_files:
      return match_of(judged.in_changed_file);
    case Scope::changed_lines:
      return match_of(judged.on_changed_line);
  }
  return Match::unseen;
}

std::optional<std::uint64_t> Reference::ratchet(const policy::Rule& rule) const {
  if (!std::holds_alternative<policy::Ratchet>(rule.limit)) return std::nullopt;
  if (kind_ == Kind::all_new) return 0;
  if (kind_ != Kind::entries) return std::nullopt;
  std::uint64_t most = 0;
  for (const auto& entry : inputs_.baseline->entries) {
    const auto& types = inputs_.scan_types;
    if (std::find(types.begin(), types.end(), entry.scan_type) == types.end()) continue;
    if (match_entry(rule.when, entry) == Match::yes) most += entry.count;
  }
  return most;
}

const Absence* Reference::missing(const policy::Rule& rule) const {
  if (policy::needs_changes(rule) && !inputs_.changes) return &no_changes_;
  const bool no_baseline = kind_ == Kind::missing || kind_ == Kind::unused;
  if (policy::needs_baseline(rule) && no_baseline) return &no_baseline_;
  const bool no_ratchet = kind_ == Kind::date && std::holds_alternative<policy::Ratchet>(rule.limit);
  return no_ratchet ? &no_baseline_ : nullptr;
}

std::vector<std::string> Reference::notices(const std::optional<Comparison>& comparison) const {
  std::vector<std::string> out;
  if (kind_ == Kind::all_new) {
    out.push_back("first run: " + no_baseline_.detail +
                  ", so every finding counts as new (baseline.first_run: all_new)");
  }
  if (learns()) {
    out.push_back(
        "first run: " + no_baseline_.detail +
        ", so NOTHING COUNTS AS NEW and no ratchet holds (baseline.first_run: learn); write the baseline "
        "with `kolega-gate baseline write`, else the next run passes the same way");
  }
  if (comparison && comparison->renamed > 0) {
    out.push_back("baseline: " + plural(comparison->renamed, "finding") +
                  " known from before a rename that the diff names");
  }
  if (comparison && comparison->rekeyed > 0) {
    out.push_back(
        "baseline: " + plural(comparison->rekeyed, "finding") +
        " known by check, path and message, because the fingerprint has changed; write the baseline anew");
  }
  return out;
}

}  // namespace kolega::gate
