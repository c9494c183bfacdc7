// The one place that knows numbers: verdicts, causes and errors to exit codes (docs/exit-codes.md).
#pragma once

#include "base/error.hpp"
#include "gate/record.hpp"

namespace kolega::cli {

int exit_code(const Error& error);
/// Of a finished run. When several apply: 1, then 4, 2, 3, 5, 7, 6.
int exit_code(const gate::DecisionRecord& record);
int exit_code(Cause cause);

}  // namespace kolega::cli
