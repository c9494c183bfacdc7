// Which repositories a fleet run is about, who scans which, and by which policy each is judged. Pure.
// Not for: asking for the list, reading the files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/result.hpp"
#include "model/repository.hpp"

namespace kolega::fleet {

struct SelectionWish {
  bool all{};
  std::vector<std::string> patterns{};     ///< globs on names, `!` excludes, the last match wins
  std::optional<std::vector<std::string>> listed{};  ///< names or ids
};

struct Selection {
  std::vector<Repository> repositories{};  ///< by id
  std::size_t archived{};                  ///< that would have been selected
};

/// What people call a repository: its first source's full name, else its own name.
const std::string& name_of(const Repository& repository);

/// One name or id a line; `#` begins a comment. Throws Error(usage) naming `what` and the line.
std::vector<std::string> parse_list(std::string_view text, const std::string& what);

/// Throws Error(usage) for wrong patterns, for an empty selection, and for a listed repository that is not there, is
/// archived or is meant by nobody else's name.
Selection select(std::vector<Repository> known, const SelectionWish& wish);

/// The shard of a repository, from 1: it depends on the id alone, so it stays the same when others come and go.
/// Jump consistent hash (Lamping, Veach, arXiv:1406.2294) over the first 64 bits of the id's SHA-256: when there is
/// one more shard, only its share moves.
std::uint32_t shard_of(std::string_view repository_id, std::uint32_t shards);

/// Which policy judges which repositories: the first rule that matches.
struct PolicyRule {
  std::vector<std::string> repositories{};  ///< globs as above; empty: all
  std::string policy{};                     ///< a path or builtin:NAME
};
/// `gate: fleet/v1`, `policies: [{repositories: [globs], policy: path}]`, `default: path`. The default is the last
/// rule. Throws Error(policy) with all remarks.
std::vector<PolicyRule> parse_policy_rules(std::string_view text, const std::string& file);
/// The index of each repository's rule. Throws Error(policy) that names those that no rule matches.
std::vector<std::size_t> assign_policies(std::span<const PolicyRule> rules, std::span<const Repository> repositories);

}  // namespace kolega::fleet
