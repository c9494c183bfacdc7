// Commands that people paste into a shell. Not for: starting programs (sys/process.hpp takes argument vectors).
#pragma once

#include <string>
#include <string_view>

namespace kolega {

/// A word of a command line, quoted where a POSIX shell would read it differently. Not made printable: that comes first.
std::string shell_word(std::string_view word);

}  // namespace kolega
