// What a run remembers of the batches it began, on disk, so that the same run started again after a kill continues them
// instead of scanning twice. Held by one process at a time. Not for: where the directory is (cli/state_dir.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/batch_entry.hpp"
#include "sys/journal.hpp"

namespace kolega::api {

/// Two runs are the same when all of it is the same.
struct RunKey {
  std::string api_url{};
  std::string repository_id{};
  std::string branch{};
  std::string commit{};
  std::string policy_digest{};
  friend bool operator==(const RunKey&, const RunKey&) = default;
};

/// An older batch is not continued: it says nothing about today, and its run is long forgotten.
inline constexpr std::chrono::hours longest_remembered{24};

/// Takes away what runs that nobody starts again have left beneath `directory`: states older than `longest_remembered`
/// in which every line is ours, that nobody else may write and no process holds. Anything else stays, and a look at a
/// folder of many is bounded. Gives how many.
std::size_t prune_states(const std::string& directory, Instant now);

class RunState {
 public:
  using Note = std::function<void(std::string)>;

  /// Opens the state of `key` beneath `directory`, which exists, reads what an earlier run left at most
  /// `longest_remembered` before `now`, and prunes what others left. What is damaged, foreign or old is told to `note`
  /// and forgotten. Throws Error(usage) while another process holds it, Error(output) when it cannot be kept.
  RunState(const std::string& directory, const RunKey& key, Instant now, Note note);

  const std::string& path() const noexcept { return path_; }
  /// What is known of this type: an intent or a begun batch; nothing when neither.
  std::optional<BatchEntry> recall(ScanType type) const;
  /// On disk when it returns. A state that can no longer be written is told once and then left: it must not end a run.
  void write(ScanType type, BatchEntry::Step step, const std::string& batch, Instant at);
  bool empty() const noexcept { return entries_.empty(); }
  /// All that it knows are these batches.
  bool holds_only(const std::vector<std::string>& batches) const;
  /// All is judged: the next run begins anew.
  void remove();

 private:
  void read(Instant now);
  void take(BatchEntry entry);
  void start_anew();

  std::string path_;
  RunKey key_;
  Note note_;
  sys::Journal journal_;
  std::vector<BatchEntry> entries_{};
  bool broken_{};
};

}  // namespace kolega::api
