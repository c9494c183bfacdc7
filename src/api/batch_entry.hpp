// One line of a journal of begun scan batches: what a run writes down so that the run after its death continues the
// batch instead of starting another. Not for: where the lines are (api/run_state.hpp, fleet/output_folder.hpp).
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "model/scan_type.hpp"

namespace kolega::api {

/// A scan batch that a run began or is about to begin. Written before the POST and again when its answer is known: a run
/// that finds an intent without a batch does not know whether there is one and must look.
struct BatchEntry {
  enum class Step {
    intent,  ///< the POST may have been sent
    begun,   ///< `batch` is its id
    none,    ///< no batch came of the intent
  };
  std::string repository_id{};
  ScanType type{};
  Step step{Step::intent};
  std::string batch{};                     ///< empty but for begun
  Instant at{};                            ///< of an intent, by the server's clock: no batch of it is older
  friend bool operator==(const BatchEntry&, const BatchEntry&) = default;
};

/// One line of JSON without a line break.
std::string write_batch_entry(const BatchEntry& entry);
/// Throws Error(input) "where: ...".
BatchEntry read_batch_entry(std::string_view line, const std::string& where);

}  // namespace kolega::api
