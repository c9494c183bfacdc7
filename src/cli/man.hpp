// The manual pages in roff, made of the option tables, as the help is.
// Not for the running program: packaging/man_pages.cpp writes them while packages are made.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace kolega::cli {

/// Name of a command's page without its section: "kolega-gate-scans-start".
std::string man_page_name(const Command& command);

/// kolega-gate(1): all commands, exit status, environment, files. `date` is printed as it is, "2026-11-24".
std::string render_man(std::string_view date);
/// The page of one command.
std::string render_man(const Command& command, std::string_view date);

}  // namespace kolega::cli
