// Adds to findings what the checkout knows of their lines: the hash by which code scanning recognises them
// again.
#pragma once

#include <string>

#include "model/finding_set.hpp"

namespace kolega::cli {

/// Sets Finding::line_hash where the file is readable below `directory`; leaves the others alone.
void add_line_hashes(FindingSet& findings, const std::string& directory);

}  // namespace kolega::cli
