// The web address of a finding's place, as each host writes it. The only carrier of line numbers in the API.
// Not for: reading such addresses (ingest/join.hpp).
#pragma once

#include <string>

#include "model/finding.hpp"
#include "sandbox/sandbox.hpp"

namespace kolega::sandbox {

/// Empty for a finding without a path. A repository that no host has ("local/...") is under sandbox.invalid.
std::string source_url(const RepositoryConfig& repository, const Finding& finding);

/// Where the host would show a pull request (GitLab: merge request) of this number.
std::string pull_request_url(const RepositoryConfig& repository, std::int64_t number);

}  // namespace kolega::sandbox
