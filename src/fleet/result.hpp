// What a fleet run is about and what became of each repository: the values of fleet.json and of a line of
// results.jsonl, with their strict readers. Not for: files (output_folder.hpp), totals (summary.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "gate/record.hpp"

namespace kolega::fleet {

inline constexpr std::string_view fleet_format = "kolega-gate/fleet/v1";

struct Shard {
  std::uint32_t number{1};                 ///< from 1
  std::uint32_t of{1};
  friend bool operator==(const Shard&, const Shard&) = default;
};

/// "1/4".
std::string describe(const Shard& shard);

/// A repository that was selected, in whichever shard.
struct Selected {
  std::string id{};                        ///< api::usable_id
  std::string name{};                      ///< hostile text: full name, for people
  std::uint32_t shard{1};                  ///< whose part it is
  friend bool operator==(const Selected&, const Selected&) = default;
};

struct PolicyMark {
  std::string name{};
  std::string digest{};                    ///< policy::digest
  friend bool operator==(const PolicyMark&, const PolicyMark&) = default;
};

/// fleet.json. Every shard writes the whole selection down, so that a merge can prove that nothing is missing and
/// name what is.
struct Header {
  std::string tool_version{};
  std::string api_url{};
  gate::Origin origin{gate::Origin::live};
  Instant started_at{};
  Shard shard{};
  std::vector<Selected> selection{};       ///< of all shards, by id
  std::vector<PolicyMark> policies{};      ///< that a repository may be judged by, by digest
  friend bool operator==(const Header&, const Header&) = default;
};

/// SHA-256 over ids, names and shards in order of the ids: equal selections have equal digests.
std::string selection_digest(const std::vector<Selected>& selection);

/// How the work on a repository ended.
enum class State {
  judged,       ///< there is a decision record
  failed,       ///< an error ended it before there was one
  not_started,  ///< the run ended first, or its quota was spent: nothing was asked of the API for it
};
inline constexpr std::array<std::string_view, 3> state_names{"judged", "failed", "not_started"};
constexpr std::string_view name_of(State state) { return state_names[static_cast<std::size_t>(state)]; }

struct CauseNote {
  Cause cause{};
  std::string detail{};
  std::string hint{};
  bool allowed{};                          ///< the policy says `warn`
  friend bool operator==(const CauseNote&, const CauseNote&) = default;
};

struct BatchNote {
  std::string id{};                        ///< hostile text; empty: none was started
  ScanType type{};
  std::string status{};                    ///< the last word of the API, hostile text
  gate::Grade grade{};
  friend bool operator==(const BatchNote&, const BatchNote&) = default;
};

struct RuleNote {
  std::string id{};
  policy::Mode mode{};
  gate::RuleState state{};
  std::uint64_t count{};
  friend bool operator==(const RuleNote&, const RuleNote&) = default;
};

/// A decision record beside the results.
struct RecordMark {
  std::string path{};                      ///< record_path() of the repository, inside the folder
  std::string sha256{};
  friend bool operator==(const RecordMark&, const RecordMark&) = default;
};

/// A line of results.jsonl.
struct Result {
  std::string repository_id{};
  std::string repository{};                ///< full name, hostile text
  State state{State::failed};
  gate::Outcome outcome{gate::Outcome::incomplete};
  int exit_code{};                         ///< what a run over it alone would have ended with
  std::vector<CauseNote> causes{};
  std::vector<BatchNote> batches{};
  std::uint64_t findings{};                ///< distinct ones, whatever became of them
  std::array<std::uint64_t, 5> by_severity{};     ///< of the active ones
  std::array<std::uint64_t, 5> by_disposition{};
  std::vector<RuleNote> rules{};
  std::optional<PolicyMark> policy{};
  std::optional<RecordMark> record{};
  std::string error{};                     ///< why there is no record
  Instant began{};
  Instant ended{};
  friend bool operator==(const Result&, const Result&) = default;
};

/// True when a later run has nothing to add: the verdict rests on everything that it needs.
bool settled(const Result& result);

/// "records/ID.json". Throws Error(internal) for an id that could leave the folder.
std::string record_path(std::string_view repository_id);

/// What a record says of a repository; the marks of its policy and its file and the times are the caller's to add.
Result result_of(const gate::DecisionRecord& record, int exit_code);

/// One line, without its end. Texts of the API are cut to a bounded length.
std::string write_result(const Result& result);
/// Throws Error(input) "where: ...". Refuses what contradicts itself: an exit code 0 for an incomplete verdict, a
/// verdict without a record, a record outside the folder.
Result read_result(std::string_view line, const std::string& where);

std::string write_header(const Header& header);
/// Throws Error(input); also when the digest or the count of the selection does not hold.
Header read_header(std::string_view text, const std::string& where);

}  // namespace kolega::fleet
