// The part of the record that holds what findings were compared with: baseline and changes.
// Not for: which of it is kept (inputs.hpp, canonicalise).
#pragma once

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "gate/inputs.hpp"

namespace kolega::gate {

/// The members `baseline`, `no_baseline`, `changes` and `no_changes`, each where there is one.
void write_reference(const Inputs& inputs, JsonWriter& json);
void read_reference(const JsonView& root, Inputs& inputs);

/// Drops what no finding can ask for, and sorts the rest.
void canonicalise_reference(Inputs& inputs);

}  // namespace kolega::gate
