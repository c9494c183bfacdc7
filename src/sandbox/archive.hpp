// Keeps the store in one SQLite file, so that a sandbox that was stopped goes on where it was.
// Writing happens on a thread of its own and in order; nobody waits for it. Not for: what a record looks like
// there (archive_documents.cpp).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sandbox/store.hpp"

namespace kolega::sandbox {

class Archive {
 public:
  /// Makes the directory and the file where they are absent. Throws Error(usage): another sandbox uses it, it
  /// is of another version, or it was made with another seed (then none of its ids would be found again).
  Archive(const std::string& directory, std::uint64_t seed);
  /// Writes what is still to be written.
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  /// Adds what the file holds to a new store. Scans and fixes that were under way have failed; what belongs
  /// to repositories that are not configured any more stays in the file.
  void load(Store& store, Moment now);

  /// Takes the store's changes and has them written. Call it under the store's lock.
  void save(Store& store);

  /// Why something could not be written; from then on nothing is.
  std::optional<std::string> failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::sandbox
