// What a rule can know of a finding: the facts of its row, its batch and the run, and which of them are missing.
// Not for: ranks and folded paths (normalise.hpp), which the row alone tells.
#pragma once

#include "gate/inputs.hpp"
#include "gate/normalise.hpp"

namespace kolega::gate {

class FactReader {
 public:
  FactReader(const Inputs& inputs, const policy::Policy& policy, Wanted wanted = Wanted::all)
      : inputs_(inputs), normaliser_(policy, wanted) {}

  /// The views inside live until the next call.
  const policy::Facts& read(std::uint32_t row);
  bool unknown_severity() const { return unknown_severity_; }
  /// No first detection is known although the batch's details were read: such a finding counts as just found.
  bool age_assumed() const { return age_assumed_; }
  /// The finding list of its batch could not be read: nothing stands in for the facts that it holds.
  bool details_failed() const { return details_failed_; }

 private:
  const ScanBatch* batch_of(const Finding& finding) const;
  void read_age(const Finding& finding, const ScanBatch* batch);
  void read_repository(const Finding& finding, const ScanBatch* batch);

  const Inputs& inputs_;
  Normaliser normaliser_;
  policy::Facts facts_;
  bool unknown_severity_{};
  bool age_assumed_{};
  bool details_failed_{};
};

/// What a rule says of the finding that was just read, its `on_missing` applied.
policy::Match match_rule(const policy::Rule& rule, const FactReader& reader, policy::Facts facts);

/// True when the finding is older than the rule's `max_age` lets it be; unseen when its age is not known.
policy::Match is_overdue(const policy::MaxAge& limit, const policy::Facts& facts);

}  // namespace kolega::gate
