// The line hash by which GitHub code scanning recognises an alert again
// (partialFingerprints.primaryLocationLineHash), from the text of a source file. Its upload action computes
// the same from the checkout and complains of any other. Not for: reading source files (sys/source_tree.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kolega::ingest {

struct LineHash {
  std::uint64_t hash{};
  std::uint32_t occurrence{};  ///< from 1: how often this hash has come up in the file so far
  friend bool operator==(const LineHash&, const LineHash&) = default;
};

/// One for each line of the text; the text behind the last line break is a line too, even when it is empty.
/// Behaviour of github/codeql-action, src/fingerprints.ts: the first 100 UTF-16 units from the line's start
/// on, blanks and tabs left out, CR, LF and CRLF as one LF, an end marker of 65535 and then zeros; base 37
/// modulo 2^64.
std::vector<LineHash> line_hashes(std::string_view text);

/// "c129715d7a2bc9a3:1"
std::string format_line_hash(const LineHash& hash);

}  // namespace kolega::ingest
