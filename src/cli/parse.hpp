// Words of the command line -> the command meant and what was typed for it. Not for: what it means
// (options.hpp).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace kolega::cli {

struct Parsed {
  enum class Kind { command, help, version };
  Kind kind{};
  const Command* command{};  ///< of a help: nullptr for the whole program
  std::string group{};       ///< of a help: "policy", "repos", "scans"
  Arguments arguments{};
};

/// The command that the first words name, and how many of them do; none for what is no command.
struct NamedCommand {
  const Command* command{};
  std::size_t used{};
};
NamedCommand find_command(const std::vector<std::string>& words);

/// Throws Error(usage) with "did you mean" for unknown commands and options.
Parsed parse(const std::vector<std::string>& words);

/// The options of one command. Exposed for tests.
Arguments parse_options(const Command& command, std::span<const std::string> words);

}  // namespace kolega::cli
