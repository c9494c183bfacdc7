// How `extends` reaches files and addresses: inside one repository, and over https without any credentials.
// Not for: what is pinned, and which parents a policy may name (policy/extends.hpp).
#pragma once

#include <string>

#include "cli/command.hpp"
#include "policy/load.hpp"

namespace kolega::cli {

/// For the policy called `file`: a path, relative to the working directory unless it is absolute. Files must
/// lie in the repository that holds it; without one in the working directory when the policy is in there,
/// else in the policy's own.
policy::Fetch make_fetch(const Invocation& invocation, const std::string& file);

}  // namespace kolega::cli
