// An error that cut the collecting of facts short, as the gap that the verdict and every report will show.
#pragma once

#include "base/error.hpp"
#include "model/incomplete.hpp"

namespace kolega::cli {

Cause cause_of(const Error& error);

/// Whether `on_incomplete` may soften it: the causes that it names, but never a certificate fault.
bool is_softenable(const Error& error);

Gap gap_of(const Error& error);

}  // namespace kolega::cli
