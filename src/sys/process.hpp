// Starting other programs (git, scanners): argument vectors or one shell line of the user's own, never text from
// outside.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace kolega::sys {

struct ProcessResult {
  int exit_code{};          ///< 128 + n when it died of signal n
  bool timed_out{};
  std::string out{};
  std::string err{};        ///< the last 64 KiB
};

struct ProcessOptions {
  std::string directory{};                 ///< empty: the current one
  std::optional<Duration> timeout{};
  std::size_t output_limit{1ULL << 30};    ///< more output ends it
  std::stop_token stop{};
  std::vector<std::pair<std::string, std::string>> environment{};   ///< added to the process's own
  std::vector<std::string> without{};      ///< variables taken out of it, the token among them
};

/// Throws Error(usage) when the program cannot be started at all.
ProcessResult run_process(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

/// The program's path when it is found on PATH.
std::optional<std::string> find_program(const std::string& name, const std::string& path_variable);

}  // namespace kolega::sys
