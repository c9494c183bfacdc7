#include "gate/waivers.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "base/error.hpp"
#include "gate/facts.hpp"

namespace kolega::gate {

namespace {

using policy::Match;
using policy::Waiver;

/// Whether waivers of the policy may apply at all: in a merge request the policy file is part of the change,
/// unless it is the base side's.
bool may_apply(const Inputs& inputs, const policy::Waivers& waivers) {
  return waivers.from == policy::WaiverSide::head || inputs.subject.change.empty() || inputs.trusted_policy;
}

WaiverState state_before(const Inputs& inputs, const policy::Waivers& waivers, const Waiver& waiver) {
  if (waiver.until && inputs.at >= *waiver.until) return WaiverState::expired;
  if (is_too_long(waivers, waiver, inputs.at)) return WaiverState::too_long;
  return may_apply(inputs, waivers) ? WaiverState::used : WaiverState::withheld;
}

class Assigner {
 public:
  Assigner(const Inputs& inputs, const policy::Policy& policy, std::vector<FindingVerdict>& judged)
      : inputs_(inputs), waivers_(policy.waivers->list), judged_(judged) {
    match_all(policy);
  }

  std::vector<WaiverVerdict> run(const policy::Waivers& settings, bool complete) {
    std::vector<WaiverVerdict> verdicts;
    for (std::size_t i = 0; i < waivers_.size(); ++i) {
      verdicts.push_back({.id = waivers_[i].id, .state = state_before(inputs_, settings, waivers_[i])});
      if (verdicts[i].state != WaiverState::used) continue;
      if (!take(i, verdicts[i]))
        verdicts[i].state = complete && !touched_[i] ? WaiverState::unused : WaiverState::idle;
    }
    for (std::size_t i = 0; i < waivers_.size(); ++i) {
      if (verdicts[i].state != WaiverState::used) pass_over(i, verdicts[i]);
      std::sort(verdicts[i].findings.begin(), verdicts[i].findings.end());
    }
    return verdicts;
  }

 private:
  /// Only a plain yes waives: what is not known, or only assumed, is no ground to accept a finding.
  void match_all(const policy::Policy& policy) {
    FactReader reader(inputs_, policy, Wanted::read);
    matched_.resize(waivers_.size());
    touched_.resize(waivers_.size());
    index_waivers();
    for (std::uint32_t row = 0; row < judged_.size(); ++row) {
      if (judged_[row].disposition == Disposition::duplicate) continue;
      auto facts = reader.read(row);
      if (reader.age_assumed()) facts.age.reset();
      for (const auto i : nameless_) match_one(i, row, facts);
      const auto named = by_fingerprint_.find(facts.fingerprint);
      if (named == by_fingerprint_.end()) continue;
      for (const auto i : named->second) match_one(i, row, facts);
    }
    for (auto& rows : matched_) sort_rows(rows);
  }

  /// A waiver that names fingerprints matches no other finding: with thousands of them, each is tried on its own.
  void index_waivers() {
    for (std::uint32_t i = 0; i < waivers_.size(); ++i) {
      const auto& names = waivers_[i].match.fingerprint;
      if (names.empty()) nameless_.push_back(i);
      for (const auto& name : names) {
        auto& known = by_fingerprint_[name];
        if (known.empty() || known.back() != i) known.push_back(i);
      }
    }
  }

  void match_one(std::uint32_t index, std::uint32_t row, const policy::Facts& facts) {
    const auto match = policy::match(waivers_[index].match, facts);
    if (match != Match::no) touched_[index] = true;
    if (match == Match::yes) matched_[index].push_back(row);
  }

  void sort_rows(std::vector<std::uint32_t>& rows) const {
    std::string scratch_a;
    std::string scratch_b;
    std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto& x = inputs_.findings.rows[a];
      const auto& y = inputs_.findings.rows[b];
      const auto first = first_detected(x);
      const auto second = first_detected(y);
      if (first != second) return first < second;
      if (x.fingerprint != y.fingerprint) return x.fingerprint < y.fingerprint;
      const auto left = fold_path(x.path, scratch_a);
      const auto right = fold_path(y.path, scratch_b);
      return left != right ? left < right : a < b;
    });
  }

  /// What nobody knows the beginning of is the newest.
  static Instant first_detected(const Finding& finding) {
    return finding.details ? finding.details->first_detected_at.value_or(Instant::max()) : Instant::max();
  }

  /// False when it took nothing.
  bool take(std::size_t index, WaiverVerdict& verdict) {
    std::uint64_t taken = 0;
    for (const auto row : matched_[index]) {
      if (taken == waivers_[index].limit) break;
      auto& judged = judged_[row];
      const auto group = inputs_.findings.rows.twin_group(row);
      const bool by_name = group > 0 && !waivers_[index].match.fingerprint.empty();
      const bool active = judged.disposition == Disposition::active;
      // The fingerprint is waived although triage took out the finding that it was paired with.
      if (!active && !(by_name && judged.disposition == Disposition::triaged && !judged.waiver)) continue;
      ++taken;
      judged.waiver = static_cast<std::uint16_t>(index);
      if (!active) continue;
      judged.disposition = Disposition::waived;
      verdict.findings.push_back(row);
    }
    return taken > 0;
  }

  /// What a waiver that does not apply would have taken.
  void pass_over(std::size_t index, WaiverVerdict& verdict) {
    if (verdict.state == WaiverState::unused || verdict.state == WaiverState::idle) return;
    for (const auto row : matched_[index]) {
      if (verdict.findings.size() == waivers_[index].limit) return;
      auto& judged = judged_[row];
      if (judged.disposition != Disposition::active) continue;
      verdict.findings.push_back(row);
      if (verdict.state == WaiverState::expired && !judged.expired_waiver) judged.expired_waiver = static_cast<std::uint16_t>(index);
    }
  }

  const Inputs& inputs_;
  const std::vector<Waiver>& waivers_;
  std::vector<FindingVerdict>& judged_;
  std::vector<std::uint32_t> nameless_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_fingerprint_;
  std::vector<std::vector<std::uint32_t>> matched_;
  std::vector<bool> touched_;  ///< matches something, or something that is not known may match
};

}  // namespace

std::vector<WaiverVerdict> assign_waivers(const Inputs& inputs, const policy::Policy& policy,
                                          std::vector<FindingVerdict>& judged, bool complete) {
  if (!policy.waivers) return {};
  constexpr std::size_t most = 65'535;  // what a CompactIndex can tell apart
  if (policy.waivers->list.size() > most) throw Error(ErrorKind::policy, "more than 65,535 waivers");
  return Assigner(inputs, policy, judged).run(*policy.waivers, complete);
}

}  // namespace kolega::gate
