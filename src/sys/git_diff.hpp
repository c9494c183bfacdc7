// What HEAD changes against the point where it left its base, asked of git as a unified diff.
// Not for: reading the diff (ingest/diff.hpp).
#pragma once

#include <stop_token>
#include <string>

namespace kolega::sys {

struct GitDiff {
  std::string text{};    ///< a/ and b/ prefixes, no context lines
  std::string origin{};  ///< for people: "git diff origin/main...HEAD"
  std::string base{};    ///< the merge base, a commit's full id
  std::string head{};
};

/// `base_ref`: a branch, tag or commit; a branch that is only known as origin's is found there. A name with more than
/// one meaning is refused, since a merge request can bring tags; origin/NAME is always origin's branch. Empty: the
/// default branch of `origin`, and then HEAD must be ahead of it (a commit of the default branch itself
/// changes nothing against it, and that must not be taken for an answer). Throws Error(context) with the
/// remedy as its hint where git, the repository, the base or the history up to the merge base is missing;
/// Error(usage) for a base that is no name of a commit, or of more than one; Error(interrupted) at a stop.
GitDiff git_diff(const std::string& directory, const std::string& base_ref, std::stop_token stop = {});

/// The same against a branch that a CI names: origin's, else this clone's own. Only branches are looked at, so that
/// no tag of that name, which a merge request can bring, stands for it.
GitDiff git_diff_of_branch(const std::string& directory, const std::string& branch, std::stop_token stop = {});

}  // namespace kolega::sys
