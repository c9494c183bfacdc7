// Where a trusted policy's own files are read from: the tree that it lies in, never the merge request's.
// Not for: what `extends` reaches (policy_parents.hpp), files that the command line names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/command.hpp"

namespace kolega::cli {

/// The nearest directory with a .git in it, from `directory` upwards.
std::optional<std::filesystem::path> find_checkout(const std::filesystem::path& directory);

/// The place of the file `name` (as `baseline.from: file:` names it) in the tree of the trusted policy `policy`, a path as
/// given with --trusted-policy or builtin:NAME; empty for one that is known from a record alone. A relative name is seen
/// from the same directory of that tree that the working directory is of its own. The tree is the nearest directory with a
/// .git in it; without one the policy's directory, or the one above where that is called .kolega. Throws Error(usage) where
/// the policy lies in the tree of the working directory (the merge request decides what is in there) or in none, and for a
/// file outside of the policy's tree.
std::string trusted_place(const std::string& policy, const std::string& name, const Invocation& invocation);

}  // namespace kolega::cli
