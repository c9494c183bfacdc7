// What only the event file of GitHub Actions says: the pull request of events that run on the base branch.
#pragma once

#include <optional>
#include <string>

#include "sys/system.hpp"

namespace kolega::ci {

/// The number of the pull request that the event in GITHUB_EVENT_PATH is about (pull_request_target, reviews,
/// comments); nothing for other events and for a file that cannot be read.
std::optional<std::string> pull_request_of_event(const sys::Environment& environment);

}  // namespace kolega::ci
