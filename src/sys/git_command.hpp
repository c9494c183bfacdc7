// Running git without giving the repository's own configuration a say over which programs start.
// Not for: what is asked (git.cpp, git_diff.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/process.hpp"

namespace kolega::sys {

/// The git on PATH; nothing when there is none.
std::optional<std::string> find_git();

struct GitLimits {
  Duration timeout{std::chrono::seconds(5)};
  std::size_t output{1024 * 1024};
  std::stop_token stop{};
};

/// No hooks, no file system monitor, no pager, no locks, no questions, no network, no replaced objects.
/// `arguments` must be a command that only reads; what of it starts programs (external diffs, text
/// conversion) is the caller's to switch off.
ProcessResult run_git(const std::string& git, const std::string& directory,
                      const std::vector<std::string>& arguments, const GitLimits& limits = {});

}  // namespace kolega::sys
