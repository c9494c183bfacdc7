// Which policy is meant, and its text. Not for: what is in it (policy/load.hpp).
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "policy/load.hpp"

namespace kolega::cli {

struct PolicyText {
  std::string name{};  ///< as given: a path or builtin:NAME
  std::string text{};
};

/// `given` (a path or builtin:NAME; empty: search beside the caller). Throws Error(policy) with the places
/// looked at.
PolicyText find_policy(const std::string& given, const std::string& directory);
/// The same with --policy and KOLEGA_POLICY.
PolicyText find_policy(const Invocation& invocation);
/// What --policy or KOLEGA_POLICY name.
std::optional<std::string> named_policy(const Invocation& invocation);
/// The policy beside the caller, if there is one.
std::optional<PolicyText> find_default_policy(const std::string& directory);

/// Everything that can be said about it as of now, with what it extends.
policy::Loaded lint_policy(const PolicyText& source, const Invocation& invocation);
/// Reads it; warnings are printed, errors thrown all at once.
policy::Policy load_policy(const PolicyText& source, const Invocation& invocation);

}  // namespace kolega::cli
