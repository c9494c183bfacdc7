// Where things are remembered between runs. Not for: what is remembered (api/run_state.hpp, follow_events.hpp).
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"

namespace kolega::cli {

/// --state-dir, KOLEGA_STATE_DIR, else $XDG_STATE_HOME/kolega-gate; nothing when none of them is set. It need not exist.
std::optional<std::string> find_state_dir(const Invocation& invocation);

}  // namespace kolega::cli
