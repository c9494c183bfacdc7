// The little that the gate asks of git.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace kolega::sys {

/// "owner/name" (GitLab: also deeper) from a remote URL in any usual form; user information is dropped.
std::optional<std::string> full_name_of_remote(std::string_view url);

struct GitFacts {
  std::vector<std::string> remotes{};  ///< full names, origin first, without repeats
  std::string branch{};
  std::string commit{};
};
/// Empty when there is no git or no work tree here. Throws Error(interrupted) at a stop.
GitFacts git_facts(const std::string& directory, std::stop_token stop = {});

}  // namespace kolega::sys
