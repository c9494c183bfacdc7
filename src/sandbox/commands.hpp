// What scanners and fixers have in common: a user's shell line, run without our secrets, and why it failed.
// Not for: what becomes of its output (feed.cpp, fixer.cpp).
#pragma once

#include <string>
#include <string_view>

#include "sys/process.hpp"

namespace kolega::sandbox {

/// The options of every command of the user: its directory, its time, a stop, and no variable that opens the
/// real API.
sys::ProcessOptions command_options(const std::string& directory, Duration timeout, std::stop_token stop);

/// What a person can call a command by: its program's name, never its arguments, which may hold secrets.
std::string program_of(std::string_view command);

/// "exited with 1: its last line of standard error", "was killed by signal 9", "did not end within 10m".
std::string describe_end(const sys::ProcessResult& result, Duration timeout);

}  // namespace kolega::sandbox
