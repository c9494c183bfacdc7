// Starting other programs (git, scanners): argument vectors or one shell line of the user's own, never text
// from outside.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace kolega::sys {

struct ProcessResult {
  int exit_code{};  ///< 128 + n when it died of signal n
  bool timed_out{};
  std::string out{};
  std::string err{};  ///< the last 64 KiB
};

struct ProcessOptions {
  std::string directory{};  ///< empty: the current one
  std::optional<Duration> timeout{};
  std::size_t output_limit{1ULL << 30};  ///< more output ends it
  std::stop_token stop{};
  std::vector<std::pair<std::string, std::string>> environment{};  ///< added to the process's own
  std::vector<std::string> without{};  ///< variables taken out of it, the token among them
};

/// Runs a program to its end, in a process group of its own that is killed at the timeout, at a stop and when
/// the program itself has ended; standard input is empty. Throws Error(usage) when it cannot be started at
/// all, Error(input) when it writes more than `output_limit`, Error(interrupted) at a stop.
ProcessResult run_process(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

/// The program's path when it is found on PATH. Entries that are not absolute are passed over: they would
/// find programs in whatever work tree the gate was started in. A name with a slash is taken as it is.
std::optional<std::string> find_program(const std::string& name, const std::string& path_variable);

}  // namespace kolega::sys
