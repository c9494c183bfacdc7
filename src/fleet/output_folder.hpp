// The folder of a fleet run (--out): fleet.json, results.jsonl, records/ID.json and journal.jsonl, written so that a
// kill at any moment loses no result that was told, and read as untrusted. Not for: what a result is (result.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/batch_entry.hpp"
#include "fleet/result.hpp"
#include "sys/files.hpp"

namespace kolega::fleet {

using api::BatchEntry;
using api::read_batch_entry;
using api::write_batch_entry;

/// What an earlier run left in the folder.
struct Earlier {
  std::vector<Result> results{};           ///< the last one of each repository, in the order they ended
  std::vector<BatchEntry> batches{};       ///< as they were written
};

/// Writing. One process at a time; the calls may come from several threads.
class OutputFolder {
 public:
  /// Makes the folder, or goes on with one: its header must then say the same as `header`, but for the program's
  /// version and the start, which stay as they were. Throws Error(usage) when it says something else, when that run has
  /// ended with a settled result of each repository or did not begin within api::longest_remembered (its verdict says
  /// nothing about today), when the folder holds other things, or another process works in it; Error(output),
  /// Error(input).
  OutputFolder(std::string path, const Header& header);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// As it stands in the folder.
  const Header& header() const noexcept;
  /// What an earlier run left; empty in a new folder. Gives it away: a second call is empty.
  Earlier take_earlier();

  /// Survives a kill when it returns, and with `lasting` a power cut, too. Throws Error(output).
  void note(const std::vector<BatchEntry>& entries, bool lasting);
  /// The decision record of a repository, written but without its name: settle() gives it one.
  struct Draft {
    RecordMark mark{};
    sys::OutputSet file{};
  };
  Draft draft_record(std::string_view repository_id, const gate::DecisionRecord& record,
                     const gate::WrittenPolicy& policy) const;

  struct Ended {
    Result result{};
    std::optional<sys::OutputSet> record{};  ///< of the draft whose mark the result has
  };
  /// Records and results are on disk when it returns; many at once cost hardly more waits for the disk than one. Throws
  /// Error(output), and Error(internal) for a repository outside this shard and for one that has a settled result.
  void settle(std::vector<Ended> ended);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A folder as it is read: the header, and the last result of each repository.
struct Folder {
  std::string path{};
  Header header{};
  std::vector<Result> results{};
  std::vector<std::string> notes{};        ///< for people: a torn last line that was dropped
};

/// Reads without a lock, so also while a run goes on. Throws Error(input) with file:line for anything that a run does
/// not write: a line that does not parse, a repository that is not in this shard's part, a result after a settled
/// one, a policy that the header does not name.
Folder read_folder(const std::string& path);

/// The bytes of a result's record. Throws Error(input) when they are not there or have another digest.
std::string read_record_bytes(const std::string& folder, const Result& result);

}  // namespace kolega::fleet
