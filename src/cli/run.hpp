// The program: arguments in, exit code out. `main` is one call of this.
#pragma once

#include <string>
#include <vector>

#include "sys/system.hpp"

namespace kolega::cli {

/// `arguments` without the program's name. Never throws.
int run(const std::vector<std::string>& arguments, const sys::Streams& streams, const sys::System& system);

}  // namespace kolega::cli
