// The options of this command line once more, for a command that people paste. Not for: what they mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace kolega::cli {

/// " --policy ci/policy.yaml --output json=x.json", in the order of `options`; those in `left_out` (long names) are not
/// among them. Safe to show and to paste.
std::string pasted_options(const Arguments& arguments, const std::vector<Option>& options,
                           const std::vector<std::string_view>& left_out);

}  // namespace kolega::cli
