// Which reports a command line names, read so that one that is wrong tells it, too: a run that ends with an error
// before it knows its outputs must not leave those of an earlier one. Not for: what is written (reports.hpp).
#pragma once

#include <string>
#include <vector>

namespace kolega::cli {

/// The paths behind options that name reports (Option::report), of a command that is known; not those of files that
/// another word of the line names as well, since they may be its input.
std::vector<std::string> named_reports(const std::vector<std::string>& words);

}  // namespace kolega::cli
