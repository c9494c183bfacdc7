// Whether a record says what its facts give: it is written again and compared byte by byte, without a second copy.
// Not for: whether the facts are what was collected, which only a signature tells (attestation.hpp).
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "gate/record.hpp"

namespace kolega::gate {

/// SHA-256 of exactly the bytes that write_record() writes.
std::string record_sha256(const DecisionRecord& record);
/// write_record(), and that digest of it.
std::string write_digested(const DecisionRecord& record, const WrittenPolicy& policy, std::ostream& out);

/// The first place where a record's text is not what it should be.
struct Difference {
  std::uint64_t line{};                    ///< from 1
  std::string path{};                      ///< JSON pointer, "/rules/0/state"; "" is the document itself
  std::string recorded{};                  ///< the line's rest there, hostile text
  std::string recomputed{};
};

/// Compares `text` with what write_record() writes; nothing when they are the same bytes.
std::optional<Difference> find_difference(const DecisionRecord& record, const TextSource& text);

}  // namespace kolega::gate
