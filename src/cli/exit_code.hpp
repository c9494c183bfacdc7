// The one place that knows numbers: verdicts, causes and errors to exit codes (docs/exit-codes.md).
#pragma once

#include "base/error.hpp"
#include "gate/record.hpp"
#include "sys/system.hpp"

namespace kolega::cli {

int exit_code(const Error& error);
/// An interruption knows its signal only here: waits below just see a stop. Output that nobody takes after a signal is one.
Error with_signal_of(const Error& error, const sys::System& system);
/// Of a finished run. When several apply: 1, then 4, 2, 3, 5, 7, 6.
int exit_code(const gate::DecisionRecord& record);
int exit_code(Cause cause);
/// Which of two codes is told when both apply, by the same order.
int stricter(int one, int other);

}  // namespace kolega::cli
