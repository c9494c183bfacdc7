// What a merge request changes: files, and lines on their new side. Paths are relative to the repository's
// root. Not for: finding out (ingest/diff.hpp reads a diff, sys/git_diff.hpp asks git).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kolega {

/// Lines first to last of the new side, both included, from 1.
struct LineRange {
  std::uint32_t first{};
  std::uint32_t last{};
  friend bool operator==(const LineRange&, const LineRange&) = default;
};

struct ChangedFile {
  enum class Kind { added, modified, deleted, renamed, copied, submodule };
  std::string path{};      ///< on the new side; of a deleted file the old path
  std::string old_path{};  ///< of a rename or copy
  Kind kind{Kind::modified};
  bool binary{};                   ///< lines cannot be known: every line counts as changed
  bool lines_known{true};          ///< false for a bare list of files
  std::vector<LineRange> lines{};  ///< added or modified lines, ascending, merged
  friend bool operator==(const ChangedFile&, const ChangedFile&) = default;
};

/// Sorted by path; each path once.
struct ChangeSet {
  std::vector<ChangedFile> files{};
  std::string origin{};  ///< for people: "--diff changes.patch", "git diff origin/main...HEAD"
  std::string sha256{};  ///< of the text it was read from

  /// The entry of exactly this path.
  const ChangedFile* find(std::string_view path) const;
  /// Also true of everything inside a submodule that the change moves.
  bool touches_file(std::string_view path) const;
  /// True when the range overlaps a changed line. A file whose lines are not known, a copy and what lies in a
  /// moved submodule count as changed in full; `first` 0 (no line known) asks for the file.
  bool touches_lines(std::string_view path, std::uint32_t first, std::uint32_t last) const;
  friend bool operator==(const ChangeSet&, const ChangeSet&) = default;
};

}  // namespace kolega
