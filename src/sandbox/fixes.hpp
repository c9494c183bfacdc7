// The life of a fix: from pending through running to its end, with the events that tell it.
// Pure over the store. Not for: running fixers (fixer.cpp), JSON (handlers_fixes.cpp).
#pragma once

#include "sandbox/fix_branch.hpp"
#include "sandbox/fixer.hpp"
#include "sandbox/store.hpp"

namespace kolega::sandbox {

inline constexpr std::array<std::string_view, 6> fix_status_names{
    "pending", "running", "completed", "failed", "cancelled", "pr_creation_failed"};
constexpr std::string_view name_of(FixStatus status) {
  return fix_status_names[static_cast<std::size_t>(status)];
}

FixRecord* find_fix(Store& store, const RepositoryRecord& repository, std::string_view id);

/// Puts a new pending fix last, with the number and the id that are next; tells fix_created.
FixRecord& add_fix(Store& store, FixRecord fix, Instant now);
/// Makes a completed fix pending again with one more instruction.
void refine_fix(Store& store, FixRecord& fix, std::string instructions);
/// Pending or running only.
bool can_cancel(const FixRecord& fix);
void cancel_fix(Store& store, FixRecord& fix, Instant now);
/// It has a diff and its fixer is not at work.
bool has_patch(const FixRecord& fix);

/// What the fixer is to do for a pending fix, as values of its own.
FixTask make_task(const Store& store, const FixRecord& fix);

/// The fixer's side. Each does nothing when the fix was cancelled meanwhile.
void start_fix(Store& store, FixRecord& fix, Instant now);
void step_fix(Store& store, FixRecord& fix, Instant now);
void complete_fix(Store& store, FixRecord& fix, FixResult result, Instant now);
void fail_fix(Store& store, FixRecord& fix, std::string why, Instant now);

/// Why no branch could be made.
void fail_pull_request(Store& store, FixRecord& fix, std::string why);
/// Records the branch that was made as the next pull request; tells fix_pr_created.
void add_pull_request(Store& store, FixRecord& fix, MadeBranch branch, Instant now);

/// A pull request whose commit may have come to the default branch.
struct OpenPullRequest {
  std::size_t fix{};      ///< index into Store::fixes
  std::size_t request{};  ///< index into its pull requests
  std::string directory{};
  std::string commit{};
  std::string branch{};  ///< the default branch
};
std::vector<OpenPullRequest> open_pull_requests(const Store& store);
/// It was merged: tells fix_pr_updated, and resolves the fix's findings as resolved_pr_merged.
void merge_pull_request(Store& store, const OpenPullRequest& merged, Instant now);

}  // namespace kolega::sandbox
