// YAML -> Policy. All remarks at once, each with its position. A part of the language that this version does not
// know is an error that says so, never half understood.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/yaml.hpp"
#include "policy/policy.hpp"
#include "policy/test_case.hpp"

namespace kolega::policy {

struct Loaded {
  std::optional<Policy> policy{};          ///< nothing when there are errors
  std::vector<TestCase> tests{};           ///< those of the file itself
  std::vector<Diagnostic> remarks{};       ///< errors and warnings, by position
  std::string text{};                      ///< the text they point into
};

/// How the loader reaches other files (`extends`); handed in, so that the core opens nothing itself.
using Fetch = std::function<std::string(const std::string& name)>;

/// Reads and lints; `file` names the text in messages.
Loaded lint(std::string_view text, const std::string& file);

/// The policy, or Error(policy) that holds all remarks rendered with their source lines.
Policy parse_policy(std::string_view text, const std::string& file);

/// Errors that the clock decides: waivers that end more than `max_days` after `at`, a baseline of a day to come.
std::vector<Diagnostic> check_terms(const Policy& policy, Instant at);

/// The canonical tree of a policy: what `policy show` prints and the decision record holds. Reading it back with
/// parse_policy_node gives an equal policy (but for positions and sources).
yaml::Node to_node(const Policy& policy);
Policy parse_policy_node(const yaml::Node& node, const std::string& what);

/// The JSON Schema (draft 2020-12) of the language, for editors.
std::string json_schema();

/// Policies that are part of the program: name and text. `builtin:NAME`.
struct Builtin {
  std::string_view name{};
  std::string_view text{};
  std::string_view summary{};              ///< the first comment line
};
const std::vector<Builtin>& builtins();
const Builtin* find_builtin(std::string_view name);

}  // namespace kolega::policy
