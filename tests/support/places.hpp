// Where this build's things lie: the project's own tree, the program under test. The paths are compiled into
// places.cpp alone, so that every other object is the same in every checkout and a compiler cache can share
// it.
#pragma once

#include <string>

namespace kolega::test {

/// The root of the source tree.
std::string source_directory();
/// The C++ compiler of this build.
std::string compiler();
/// The kolega-gate of this build.
std::string binary();

}  // namespace kolega::test
