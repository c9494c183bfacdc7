// `run --fix`: after a failed verdict, have Kolega fix what blocks. The verdict and its exit code stay.
#pragma once

#include "cli/fix_request.hpp"
#include "gate/record.hpp"

namespace kolega::cli {

struct FixWish {
  bool wanted{};
  bool pull_requests{};  ///< --fix=pr
  std::string diffs{};   ///< the directory for patches; empty: they are not saved
};
/// --fix or --fix=pr, --fix-diffs. Throws Error(usage) for another word, Error(output) for a directory that
/// cannot be made.
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

/// Starts one fix a group as far as the quota goes and waits for all, at most half an hour in all. What
/// became of each group, also of those without a fix; what goes wrong stands there and is a warning. Throws
/// nothing: a verdict is not changed here.
std::vector<gate::Fix> fix_blocking_findings(const Invocation& invocation, api::Client& client,
                                             const Repository& repository, const gate::DecisionRecord& record,
                                             const FixWish& wish);

}  // namespace kolega::cli
