// Twins: findings with one check, path and message, of which nobody knows which details belong to which fingerprint.
// With w of n fingerprints waived or in the baseline and k of n details active, up to min(k, n - w) findings are
// left; the upper end counts. Not for: finding the groups (ingest/join.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

class Twins {
 public:
  /// `judged` with waivers assigned and is_new set; all three must outlive it.
  Twins(const Inputs& inputs, const policy::Policy& policy, const std::vector<FindingVerdict>& judged);

  bool has(std::uint32_t row) const { return groups_.contains(number_of(row)); }
  bool empty() const { return groups_.empty(); }
  /// True when the rule counts a finding that stands in for this one: its fingerprint is out of the rule's reach
  /// (waived, or in the baseline), and its details may belong to another one.
  bool may_stand_in(const policy::Rule& rule, std::uint32_t row) const;

  /// What is left of min(k, n - w), in all and of the row's severity. Takes it.
  struct Room {
    bool total{};
    bool severity{};
  };
  Room take(std::size_t rule_index, std::uint32_t row);
  /// The row was counted for another one: people are told.
  void tell(std::size_t rule_index, std::uint32_t row);
  /// One sentence for each group that was told of.
  std::vector<std::string> notices() const;

 private:
  struct Group {
    std::uint64_t size{};
    std::uint64_t waived{};           ///< fingerprints that a waiver names
    std::uint64_t known{};            ///< fingerprints in the baseline
    std::uint64_t waived_or_known{};
    std::uint32_t first{};            ///< a row of it
    std::uint64_t told{};             ///< the most that a rule counted of it
  };
  /// A rule, a group, and a severity or -1 for all.
  using Place = std::tuple<std::size_t, std::uint32_t, int>;
  std::uint32_t number_of(std::uint32_t row) const { return inputs_.findings.rows.twin_group(row); }
  bool is_waived_by_name(std::uint32_t row) const;
  bool is_known(std::uint32_t row) const;
  std::uint64_t most(const policy::Rule& rule, const Group& group) const;

  const Inputs& inputs_;
  const policy::Policy& policy_;
  const std::vector<FindingVerdict>& judged_;
  std::map<std::uint32_t, Group> groups_;  ///< those with fingerprints that are out of some rule's reach
  std::map<Place, std::uint64_t> counted_;
};

}  // namespace kolega::gate
