// Where findings are, beside where a change is. Not for: which findings are in scope (scope.hpp).
#pragma once

#include <functional>
#include <set>
#include <string>

#include "gate/inputs.hpp"

namespace kolega::gate {

using Places = std::set<std::string, std::less<>>;

/// The path of every finding and of every folder above it, for submodules; folded.
Places places_of(const FindingSet& findings);

/// Where a rule asks for changes and no finding is in a changed file although two paths differ only in where they begin, a
/// note that says so: a scanner that ran in a folder of the repository counts from there, a diff from the root, and nothing
/// would ever be in scope. For facts that were just collected: a record holds the note, but not all of the change.
void note_other_root(Inputs& inputs);

}  // namespace kolega::gate
