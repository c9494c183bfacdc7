// A unified diff, or a list of changed files, into a ChangeSet. Hostile text: sizes and counts are checked.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "model/change_set.hpp"

namespace kolega::ingest {

/// Git's extended headers and plain `diff -u` alike: renames, copies, deletions, new files, mode changes, binary
/// files, submodules, quoted names, "\ No newline", CRLF, combined diffs refused by name. Throws Error(input) with
/// file:line:column. An empty text is an empty change set, whole; a text that is no diff at all is an error.
ChangeSet parse_diff(std::string_view text, const std::string& file);

/// Whether a path from the root of the repository is a file there.
using IsFile = std::function<bool(const std::string& path)>;

/// One path a line, or NUL-separated (`git diff --name-only -z`); lines are unknown. `./` folded, absolute and
/// climbing paths refused, and lines that are several names to all appearance: as one they would name nothing.
ChangeSet parse_changed_files(std::string_view text, const std::string& file, const IsFile& is_file = {});

}  // namespace kolega::ingest
