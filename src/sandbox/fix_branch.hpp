// Puts the patch of a fix on a new branch of the checkout's repository: the sandbox's pull request. Neither
// the work tree nor the index nor the current branch is touched. Blocks. Not for: what the API says of it
// (handlers_fixes.cpp).
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace kolega::sandbox {

struct BranchTask {
  std::string directory{};  ///< the checkout
  std::string base_commit{};
  std::string diff{};
  std::string name{};  ///< empty: the first free one of `stem`, `stem`-2, ...
  std::string stem{};
  std::string title{};
  std::string body{};
  Instant at{};
};

struct MadeBranch {
  std::string name{};
  std::string commit{};
};
/// The new branch. Throws Error: why there is none; ErrorKind::usage when the name is taken.
MadeBranch make_branch(const BranchTask& task);

/// Whether the commit is part of this branch of the repository; false also where git cannot tell.
bool is_merged(const std::string& directory, const std::string& commit, const std::string& branch);

/// Stricter than git: letters, digits and "._-/", at most 200 of them, no segment that begins with "." or
/// "-".
bool is_branch_name(std::string_view name);

}  // namespace kolega::sandbox
