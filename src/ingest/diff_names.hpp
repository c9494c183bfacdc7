// Names in diffs and lists of files: git's quoting, prefixes, and what a path inside a repository may look
// like. Not for: hunks and headers (diff.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace kolega::ingest {

/// Error(input) at a place, with the line it is about below the message.
[[noreturn]] void fail_at(const SourcePos& pos, std::string message, std::string_view line = {},
                          std::string hint = {});

/// Refuses more than 1 GiB of text: Error(input).
void require_size(std::string_view text, const std::string& file);

/// A name in double quotes as git writes it (core.quotePath): C escapes and three octal digits a byte. Takes
/// it off the front of `text`. Throws at `pos`.
std::string take_quoted(std::string_view& text, const SourcePos& pos);

/// A path as findings hold it (gate/normalise.hpp): `\` as `/`, "./" and "//" folded, bytes that are no UTF-8
/// replaced. Absolute paths, ".." and what is no path at all are refused.
std::string repository_path(std::string_view name, const SourcePos& pos);

/// The two names of a "diff --git" line when both stand for one path, with what was before it.
struct HeaderName {
  std::string name{};
  bool prefixed{};  ///< a/NAME b/NAME (or git's mnemonic letters); else NAME NAME, from --no-prefix
};
/// Nothing when the two names differ beyond the prefix, as they do in a rename.
std::optional<HeaderName> find_header_name(std::string_view names, const SourcePos& pos);

/// The name on a "--- " or "+++ " line, without the time stamp behind it.
std::string side_name(std::string_view text, const SourcePos& pos);

/// True for "a/x" (or another of git's one-letter prefixes).
bool has_prefix(std::string_view name);

}  // namespace kolega::ingest
