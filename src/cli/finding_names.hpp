// The errors of a name on the command line that means no finding of a record, or too many.
// Not for: what the name means (gate/explain.hpp), or ids of the API.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/finding_set.hpp"

namespace kolega::cli {

/// Throws Error(usage). `nearest` is the name that may have been meant, or empty.
[[noreturn]] void refuse_no_finding(const std::string& text, const std::string& nearest);
/// Throws Error(usage) that lists the findings of `means`: fingerprint, place and check of the first twenty.
[[noreturn]] void refuse_many_findings(const std::string& text, const FindingRows& rows,
                                       const std::vector<std::uint32_t>& means);

}  // namespace kolega::cli
