// YAML -> Policy. All remarks at once, each with its position. A part of the language that this version does not
// know is an error that says so, never half understood.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/yaml.hpp"
#include "policy/policy.hpp"
#include "policy/test_case.hpp"

namespace kolega::policy {

/// Where a part of a policy was written: once, or once more in each file that changed it.
struct Origin {
  std::string part{};                      ///< "scan", "rule serious"
  std::vector<SourcePos> places{};         ///< in the order in which they apply; the last one wins
};

struct Loaded {
  std::optional<Policy> policy{};          ///< nothing when there are errors
  std::vector<TestCase> tests{};           ///< those of the file itself
  std::vector<Diagnostic> remarks{};       ///< errors and warnings, by file and position
  std::map<std::string, std::string> texts{};  ///< what they point into, by the file's name in them
  std::vector<Source> sources{};           ///< the file itself, then what it extends in the order in which it applies
  std::vector<Origin> origins{};
};

/// A file that `extends` names.
struct Parent {
  enum class Kind { builtin, path, url };
  Kind kind{};
  std::string where{};                     ///< "builtin:NAME", the path as it is written, or the URL
  std::string sha256{};                    ///< that a URL is pinned to
  SourcePos pos{};
  int length{1};
};

/// The text of a parent under the name that messages use, the same for every way to the same file; or why there
/// is none.
struct Fetched {
  std::string name{};
  std::string text{};
  std::string problem{};                   ///< empty when it was read
  std::string hint{};
};

/// How the loader reaches the files and URLs of `extends`; `from` is the name of the file that names them. Handed
/// in, so that the core opens nothing itself.
using Fetch = std::function<Fetched(const Parent& parent, const std::string& from)>;

/// Reads and lints a policy with everything that it extends; `file` names the text in messages. Without `fetch`
/// only built-in policies can be extended.
Loaded lint(std::string_view text, const std::string& file, const Fetch& fetch = {});

/// The remark with the line that it points to.
std::string render(const Diagnostic& remark, const Loaded& loaded);

/// The policy, or Error(policy) that holds all remarks rendered with their source lines.
Policy parse_policy(std::string_view text, const std::string& file, const Fetch& fetch = {});
Policy require_policy(Loaded loaded, const std::string& file);

/// Errors that the clock decides: waivers that end more than `max_days` after `at`, a baseline of a day to come.
std::vector<Diagnostic> check_terms(const Policy& policy, Instant at);

/// Puts the waivers of `head` in the place of the policy's own; remarks on what breaks the policy's terms.
std::vector<Diagnostic> adopt_waivers(Policy& policy, const Policy& head, Instant at);

/// The canonical tree of a policy: what `policy show` prints and the decision record holds. Reading it back with
/// parse_policy_node gives an equal policy (but for positions and sources).
yaml::Node to_node(const Policy& policy);
/// digest() of the policy that to_node() made this document of, for who needs both.
std::string digest_of(const yaml::Node& document);
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
