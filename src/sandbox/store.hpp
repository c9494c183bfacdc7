// What the sandbox remembers: repositories with their findings, and the batches that were asked for.
// Plain values without locks or threads; the owner (sandbox.cpp) guards them. Not for: how they look on the wire.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "model/finding.hpp"
#include "model/triage.hpp"
#include "sandbox/sandbox.hpp"

namespace kolega::sandbox {

/// One instant on both clocks: people see the wall clock, waits are measured on the steady one.
struct Moment {
  Instant wall{};
  sys::SteadyTime steady{};
};

/// Findings that are asked for one by one, for as long as the sandbox lives; texts belong to the pool.
struct KeptFindings {
  std::shared_ptr<TextPool> pool{std::make_shared<TextPool>()};
  std::vector<Finding> rows{};
};

/// What the feed of one scan delivered.
struct Harvest {
  KeptFindings findings{};
  bool usable{};                           ///< at least one scanner or file gave a whole readable document
  std::vector<std::string> problems{};     ///< why it is not everything; each is told in the status_reason
};

/// One finding through its life; the texts are those of the scan that saw it last.
struct FindingRecord {
  std::string id{};
  std::shared_ptr<const Finding> seen{};
  std::size_t seen_in{};                   ///< the batch that `seen` is a row of: index into Store::batches
  TriageStatus status{TriageStatus::open};
  Instant first_detected_at{};
  Instant last_detected_at{};
  Instant updated_at{};
  std::optional<Instant> resolved_at{};
};

struct RepositoryRecord {
  RepositoryConfig config{};
  Instant created_at{};
  /// By id. Ids are digests, so this order is shuffled against /results and yet the same on every page and run.
  std::map<std::string, FindingRecord> findings{};
};

struct BatchRecord {
  std::int64_t number{};                   ///< from 0, in the order of creation
  std::string id{};
  std::size_t repository{};                ///< index into Store::repositories
  ScanType type{};
  Moment created{};
  std::shared_ptr<const Harvest> harvest{};  ///< nothing while its feed is at work
  sys::SteadyTime harvested{};
  bool settled{};                          ///< its findings are part of the repository's
  std::vector<std::string> finding_ids{};  ///< sorted; of a settled batch
};

/// One thing that happened to a finding, as it was then.
struct EventRecord {
  std::int64_t number{};                   ///< from 0, in the order of time
  std::string id{};
  std::string repository_id{};
  std::string finding_id{};
  std::string type{};
  std::string scan_id{};                   ///< empty: no scan was involved
  ScanType scan_type{};
  std::string severity{};
  std::string check_id{};
  std::string path{};
  std::optional<TriageStatus> previous{};
  std::optional<TriageStatus> current{};
  std::map<std::string, std::string> metadata{};
  Instant at{};
};

enum class FixStatus : std::uint8_t { pending, running, completed, failed, cancelled, pr_creation_failed };

/// A branch that stands for a pull request.
struct PullRequestRecord {
  std::int64_t number{};
  std::string branch{};
  std::string url{};
  Instant created_at{};
  std::string commit{};                    ///< what the branch was made of
  std::optional<Instant> merged_at{};
};

struct FixRecord {
  std::int64_t number{};                   ///< from 0, in the order of creation
  std::string id{};
  std::size_t repository{};                ///< index into Store::repositories
  std::vector<std::string> finding_ids{};
  std::string title{};
  std::vector<std::string> instructions{};  ///< the first, then those of every refinement
  std::string source_repo{};
  std::string provider{};
  std::optional<std::string> scan_branch{};
  FixStatus status{FixStatus::pending};
  std::string base_commit{};
  std::string diff{};                      ///< of the last run that was completed
  std::string error{};
  std::int64_t steps{};
  Instant created_at{};
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{};
  std::optional<Instant> latest_activity_at{};
  std::vector<PullRequestRecord> pull_requests{};
  bool opening_pull_request{};             ///< a branch is under way
  std::shared_ptr<std::stop_source> cancel{std::make_shared<std::stop_source>()};
};

/// What is not yet kept on disk; events are told apart by their numbers.
struct Changes {
  std::set<std::size_t> batches{};         ///< indices into Store::batches
  std::set<std::size_t> fixes{};           ///< indices into Store::fixes
  std::set<std::pair<std::size_t, std::string>> findings{};  ///< index into Store::repositories, id
};

struct Store {
  Config config{};
  std::vector<RepositoryRecord> repositories{};
  std::vector<BatchRecord> batches{};      ///< oldest first
  std::vector<EventRecord> events{};       ///< oldest first
  std::vector<FixRecord> fixes{};          ///< oldest first
  Changes changes{};
  std::int64_t next_batch{};
  std::int64_t next_event{};
  std::int64_t next_fix{};
  std::int64_t next_pull_request{1};
};

Store make_store(Config config, Instant now);

/// 24 hexadecimal digits that depend on the seed and on what they name.
std::string make_id(const Store& store, std::string_view kind, std::string_view name);

RepositoryRecord* find_repository(Store& store, std::string_view id);
BatchRecord* find_batch(Store& store, const RepositoryRecord& repository, std::string_view id);
/// The feed of the batch's type; an empty one where nothing is configured.
const Feed& feed_of(const Store& store, const BatchRecord& batch);

/// Puts a new batch last. Its id depends on the seed and on its number.
BatchRecord& add_batch(Store& store, const RepositoryRecord& repository, ScanType type, Moment now);

/// How many batches or fixes of the current month drew on this quota.
std::int64_t used_quota(const Store& store, std::string_view quota_type, Instant now);
/// The month of `now`: its first instant and the first instant of the next.
struct Period {
  Instant start{};
  Instant end{};
};
Period period_of(Instant now);

/// Makes the findings of every batch that has ended by now part of its repository, in the order of their ends.
void settle_batches(Store& store, sys::SteadyTime now);

}  // namespace kolega::sandbox
