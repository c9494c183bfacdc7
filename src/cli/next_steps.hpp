// What a person should do after a verdict that is not a pass.
#pragma once

#include <string>
#include <vector>

#include "gate/record.hpp"

namespace kolega::cli {

/// One sentence each; empty after a pass. `attach` is the command that goes on with batches that still run.
/// The hints of the record are left out where the table has shown them.
std::vector<std::string> next_steps(const gate::DecisionRecord& record, const std::string& attach,
                                    bool hints_shown);

}  // namespace kolega::cli
