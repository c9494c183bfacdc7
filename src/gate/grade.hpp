// What a scan batch is worth, from the facts collected about it.
#pragma once

#include "gate/verdict.hpp"
#include "model/scan_batch.hpp"

namespace kolega::gate {

BatchVerdict grade(const ScanBatch& batch);

/// The cause that a grade other than complete stands for.
Cause cause_of(Grade grade);

}  // namespace kolega::gate
