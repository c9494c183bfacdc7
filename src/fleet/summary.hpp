// The summary of a fleet run: one outcome, one exit code, totals, a row a repository, worst first. A pure function of
// headers and results. Not for: how it looks (formats.hpp), how shards come together (merge.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/result.hpp"

namespace kolega::fleet {

/// One folder that results came from.
struct Part {
  std::string folder{};
  Shard shard{};
  std::string tool_version{};
  Instant started_at{};
};

/// What a summary is about.
struct Fleet {
  std::string api_url{};
  gate::Origin origin{gate::Origin::live};
  std::string digest{};                    ///< of the whole selection
  std::uint32_t shards{1};                 ///< that the selection was dealt out to
  std::vector<Selected> selected{};        ///< that this is about: a shard's part, or all of them after a merge
  std::vector<PolicyMark> policies{};
  std::vector<Part> parts{};               ///< by the number of the shard
  std::vector<std::uint32_t> missing{};    ///< shards that a merge was not given
  std::vector<Result> results{};           ///< at most one a repository, all of them selected
  std::vector<std::string> notes{};        ///< for people: different versions, a torn line
};

/// One folder as a fleet of its own: the part of its shard. Takes what it needs out of the header and results.
Fleet fleet_of(const std::string& folder, const Header& header, std::vector<Result> results,
               std::vector<std::string> notes = {});

/// The folder that a repository's record lies in.
const std::string& folder_of(const Fleet& fleet, std::uint32_t shard);

struct Row {
  const Selected* selected{};
  const Result* result{};                  ///< nothing: there is none, which is incomplete
  gate::Outcome outcome{gate::Outcome::incomplete};
  int exit_code{};
};

/// A rule over all repositories; rules of different policies are different rules.
struct RuleTotal {
  std::string policy{};
  std::string id{};
  std::uint64_t broken{};                  ///< repositories
  std::uint64_t undecided{};
  std::uint64_t kept{};
  std::uint64_t skipped{};
  std::uint64_t count{};                   ///< findings
};

struct Summary {
  gate::Outcome outcome{gate::Outcome::incomplete};
  int exit_code{};
  std::vector<Row> rows{};                 ///< worst first
  std::array<std::uint64_t, 6> outcomes{};  ///< repositories by outcome
  std::uint64_t without_verdict{};         ///< failed or not started
  std::uint64_t without_result{};          ///< selected, and nothing is known of it
  std::uint64_t findings{};
  std::array<std::uint64_t, 5> by_severity{};
  std::array<std::uint64_t, 5> by_disposition{};
  std::vector<RuleTotal> rules{};          ///< broken in most repositories first
};

/// The exit codes of two repositories in one; which is stricter is known in cli/exit_code.hpp alone.
using Stricter = int (*)(int one, int other);

/// A fleet is proven only repository by repository: one without a result is incomplete (exit code 6), and so is an
/// empty fleet. The rows point into `fleet`, which must outlive the summary.
Summary summarise(const Fleet& fleet, Stricter stricter);

/// "1 of 3 repositories fails, 1 is incomplete".
std::string describe(const Summary& summary);
/// Why a repository stands where it does: "serious broken (3)", "timeout: ...", "no result"; empty when it passes.
/// Hostile text.
std::string describe(const Fleet& fleet, const Row& row);
/// The full name, else the id. Hostile text.
std::string_view name_of(const Row& row);
/// What the runs were: "shop of shard 1/2 by 1.2.3, started ..." a part.
std::string describe(const Part& part);

}  // namespace kolega::fleet
