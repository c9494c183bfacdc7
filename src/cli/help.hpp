// Help for people, made of the option tables.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace kolega::cli {

/// Of the whole program, or of the commands whose first word is `group`.
std::string render_help(std::string_view group = {});
std::string render_help(const Command& command);

}  // namespace kolega::cli
