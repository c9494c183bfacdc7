// Whether the branch that was scanned is the one that is judged. The API takes no branch with a scan and
// confirms no commit; its progress tells the branch.
#pragma once

#include <string>
#include <vector>

#include "gate/inputs.hpp"

namespace kolega::gate {

struct BranchDoubt {
  std::string detail{};
  bool known{};  ///< another branch was scanned; false: nobody says which
  std::string hint{};  ///< for a policy that insists
};

/// One for each batch whose branch is not the subject's. Results from files name no branch and are not
/// doubted.
std::vector<BranchDoubt> find_branch_doubts(const Inputs& inputs);

}  // namespace kolega::gate
