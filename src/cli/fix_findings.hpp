// `run --fix`: after a failed verdict, have Kolega fix what blocks. The verdict and its exit code stay.
#pragma once

#include "cli/fix_request.hpp"
#include "gate/record.hpp"

namespace kolega::cli {

struct FixWish {
  bool wanted{};
  bool pull_requests{};  ///< --fix=pr
};
/// --fix or --fix=pr. Throws Error(usage) for another word.
FixWish resolve_fix_wish(const Invocation& invocation);
std::vector<Option> fix_options();

/// Findings that one fix is asked for: those of one file.
struct FixGroup {
  std::string place{};  ///< the path, or the check where there is none
  std::vector<std::string> finding_ids{};
  Severity worst{};
  friend bool operator==(const FixGroup&, const FixGroup&) = default;
};
/// The findings that broke blocking rules and have an id, by file, the most severe first.
std::vector<FixGroup> blocking_groups(const gate::DecisionRecord& record);

/// Starts one fix a group as far as the quota goes, waits for all, and tells diff and pull requests. What
/// goes wrong is a warning: nothing here changes a verdict.
void fix_blocking_findings(const Invocation& invocation, api::Client& client, const Repository& repository,
                           const gate::DecisionRecord& record, const FixWish& wish);

}  // namespace kolega::cli
