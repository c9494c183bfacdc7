// --break-glass: what was said, and whether the policy lets it count. Not for: the verdict (gate/bypass.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "gate/inputs.hpp"

namespace kolega::cli {

/// --break-glass
std::vector<Option> break_glass_options();

/// "reason=the shop is down, really,ticket=OPS-1": a comma belongs to the text unless a known part follows
/// it. Throws Error(usage) for anything else, and for a part given twice or empty.
gate::Bypass parse_bypass(const std::vector<std::string>& given);
std::optional<gate::Bypass> resolve_bypass(const Invocation& invocation);

/// Throws Error(usage) when a bypass was asked for and the policy does not allow it, or requires more to be
/// said.
void require_bypass_allowed(const gate::Inputs& inputs);

}  // namespace kolega::cli
