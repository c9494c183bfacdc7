// The folder of a fleet run (--out): fleet.json, results.jsonl, records/ID.json and journal.jsonl, written so that a
// kill at any moment loses no result that was told, and read as untrusted. Not for: what a result is (result.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/result.hpp"

namespace kolega::fleet {

/// A scan batch that this run began or is about to begin. Written before the POST and again when its answer is
/// known: a run that finds an intent without a batch does not know whether there is one and must look.
struct BatchEntry {
  enum class Step {
    intent,  ///< the POST may have been sent
    begun,   ///< `batch` is its id
    none,    ///< the API refused: no batch came of the intent
  };
  std::string repository_id{};
  ScanType type{};
  Step step{Step::intent};
  std::string batch{};                     ///< empty but for begun
  Instant at{};
  friend bool operator==(const BatchEntry&, const BatchEntry&) = default;
};

std::string write_batch_entry(const BatchEntry& entry);
/// Throws Error(input) "where: ...".
BatchEntry read_batch_entry(std::string_view line, const std::string& where);

/// What an earlier run left in the folder.
struct Earlier {
  std::vector<Result> results{};           ///< the last one of each repository, in the order they ended
  std::vector<BatchEntry> batches{};       ///< as they were written
};

/// Writing. One process at a time; the calls may come from several threads.
class OutputFolder {
 public:
  /// Makes the folder, or goes on with one: its header must then say the same as `header`, but for the program's
  /// version and the start, which stay as they were. Throws Error(usage) when it says something else, when the folder
  /// holds other things, or another process works in it; Error(output), Error(input).
  OutputFolder(std::string path, const Header& header);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// As it stands in the folder.
  const Header& header() const noexcept;
  /// What an earlier run left; empty in a new folder. Gives it away: a second call is empty.
  Earlier take_earlier();

  /// On disk when it returns. Throws Error(output).
  void note(const BatchEntry& entry);
  /// Writes the decision record of a repository, whole or not at all.
  RecordMark write_record(std::string_view repository_id, const gate::DecisionRecord& record);
  /// On disk when it returns; the record, if any, must be written before. Throws Error(output), and Error(internal)
  /// for a repository outside this shard and for one that has a settled result already.
  void add(const Result& result);

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
