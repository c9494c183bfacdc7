// What rules compare with: the baseline, a date, the changes of a merge request; and what holds while one of them is
// missing. Not for: which finding an entry of the baseline stands for (novelty.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// Sets in_changed_file and on_changed_line of every row, where the changes are known. A path that is no place in
/// the repository may be anywhere: it counts as changed.
void mark_changes(const Inputs& inputs, std::vector<FindingVerdict>& judged);

/// The counts of active findings: what was taken out is neither new nor known.
void count_active(const std::vector<FindingVerdict>& judged, Comparison& comparison);

class Reference {
 public:
  Reference(const Inputs& inputs, const policy::Policy& policy);

  /// Sets is_new of every row, where that can be told; `judged` has severities and duplicates already. Gives how
  /// the findings stand against the baseline, nothing when there is none.
  std::optional<Comparison> compare(std::vector<FindingVerdict>& judged) const;

  /// Whether the finding is in the rule's scope; unseen when that cannot be told.
  policy::Match in_scope(const policy::Rule& rule, const FindingVerdict& judged) const;
  /// What the rule's ratchet allows: entries that its `when` matches, of the scan types that are judged. A fact
  /// that an entry does not hold matches nothing. Nothing for another limit, and where no baseline is known.
  std::optional<std::uint64_t> ratchet(const policy::Rule& rule) const;
  /// True when no limit applies yet: a first run that learns.
  bool learns() const { return kind_ == Kind::learn; }

  /// Why the rule cannot be judged as it is meant, or nullptr.
  const Absence* missing(const policy::Rule& rule) const;
  const Absence& no_baseline() const { return no_baseline_; }
  const Absence& no_changes() const { return no_changes_; }
  bool compares_entries() const { return kind_ == Kind::entries; }
  bool compares_dates() const { return kind_ == Kind::date; }

  /// What people should know: that this is a first run, how many findings were followed past a rename or a changed
  /// fingerprint.
  std::vector<std::string> notices(const std::optional<Comparison>& comparison) const;

 private:
  enum class Kind { unused, entries, date, all_new, learn, missing };
  void choose(const policy::Policy& policy);
  void start_first_run(policy::FirstRun word);
  Comparison compare_dates(std::vector<FindingVerdict>& judged) const;

  const Inputs& inputs_;
  Kind kind_{Kind::unused};
  Instant before_{};
  Absence no_baseline_{};
  Absence no_changes_{};
};

}  // namespace kolega::gate
