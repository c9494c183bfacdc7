#include "cli/state_dir.hpp"

#include "cli/options.hpp"

namespace kolega::cli {

std::optional<std::string> find_state_dir(const Invocation& invocation) {
  if (auto named = flag_or_environment(invocation, "state-dir", "KOLEGA_STATE_DIR")) return named;
  const auto home = invocation.system.environment.find("XDG_STATE_HOME");
  // A relative one is invalid and to be ignored: XDG Base Directory Specification.
  if (!home || !home->starts_with('/')) return std::nullopt;
  return *home + "/kolega-gate";
}

}  // namespace kolega::cli
