// The decision record: what was known and what was decided. Every report, `explain` and the exit code of a finished
// run are functions of it. Its JSON is versioned and in canonical order: equal decisions give equal bytes.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/text_source.hpp"
#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

inline constexpr std::string_view record_format = "kolega-gate/decision-record/v1";

struct DecisionRecord {
  std::string tool_version{};              ///< of the program that decided
  Inputs inputs{};
  Verdict verdict{};
};

/// Canonicalises, evaluates and keeps both.
DecisionRecord decide(Inputs inputs);

/// Writes the record as JSON: one document, a row a line.
void write_record(const DecisionRecord& record, std::ostream& out);

/// The policy of many records, written once.
struct WrittenPolicy {
  std::string json{};
};
WrittenPolicy write_policy_once(const std::optional<policy::Policy>& policy);
/// The same bytes; `policy` is that of the record's inputs.
void write_record(const DecisionRecord& record, const WrittenPolicy& policy, std::ostream& out);

/// What a record holds beside the verdict, which is always decided again.
struct Recorded {
  Inputs inputs{};
  std::string tool_version{};              ///< of the program that wrote it
  std::string outcome{};                   ///< what the file says; only to tell where the facts give another one
};
Recorded read_recorded(const TextSource& source, const std::string& what);

/// Reads the inputs back from a record; the verdict is recomputed by decide(). `what` names the file in errors.
Inputs read_record(const TextSource& source, const std::string& what);

}  // namespace kolega::gate
