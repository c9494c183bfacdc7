// The decision: one pure function.
#pragma once

#include "gate/inputs.hpp"
#include "gate/verdict.hpp"

namespace kolega::gate {

/// Judges canonical inputs. Never throws for what the inputs hold: missing facts become incompleteness.
Verdict evaluate(const Inputs& inputs);

}  // namespace kolega::gate
