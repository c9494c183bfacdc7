// Folders of shards joined into one fleet, with the proof that they belong together.
// Not for: what the fleet's outcome is (summary.hpp).
#pragma once

#include <string>
#include <vector>

#include "fleet/summary.hpp"

namespace kolega::fleet {

/// Reads the folders and joins them. What contradicts itself throws Error(usage) that names both sides: another
/// selection, another number of shards, other policies, another API, one shard twice. What is missing is told in the
/// fleet and leaves it incomplete: a shard, a result. Every record is read: its digest must hold, and decided again it
/// must give the outcome that its line tells, else Error(input); where another version wrote it, a difference of the
/// outcome is an error too, that of bytes is not looked at.
Fleet merge_folders(const std::vector<std::string>& folders);

/// The proof over the records of one folder or several, as above.
void verify_records(const Fleet& fleet);

}  // namespace kolega::fleet
