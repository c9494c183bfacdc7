// One file's part of a diff while it is read: what its headers said so far, and the entry they add up to.
// Not for: reading the lines (diff.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/diff_names.hpp"
#include "model/change_set.hpp"

namespace kolega::ingest {

struct Section {
  SourcePos pos{};  ///< where it begins
  bool git{};       ///< it began with "diff --git"
  std::optional<HeaderName> header{};
  std::optional<std::string> from{};  ///< "rename from", "copy from"
  std::optional<std::string> to{};
  std::optional<std::string> old_side{};  ///< of the "--- " line
  std::optional<std::string> new_side{};
  bool renames{};
  bool copies{};
  bool adds{};
  bool deletes{};
  bool changes_mode{};
  bool changes_content{};  ///< an "index" line
  bool has_empty_blob{};   ///< the new side is an empty file
  bool submodule{};
  bool binary{};
  std::uint64_t hunks{};
  std::uint64_t next_line{1};  ///< where on the new side the next hunk may begin
  std::vector<LineRange> lines{};
};

/// Takes one of git's extended header lines in; false when the line is none.
bool take_extended_header(Section& section, std::string_view line, const SourcePos& pos);

/// The entry of a section that began with "diff --git". Throws where its headers contradict each other.
ChangedFile entry_of_git(const Section& section);

/// The entry of a plain `diff -u`. `prefixed`: where one side is /dev/null, the other begins with a/ or b/.
ChangedFile entry_of_plain(const Section& section, bool prefixed);

/// Both names of a plain section are there and agree once a/ and b/ are taken off.
bool is_prefixed_pair(const Section& section);

inline constexpr std::string_view null_side = "/dev/null";

}  // namespace kolega::ingest
