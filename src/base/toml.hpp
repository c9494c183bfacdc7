// TOML as the same plain tree, with positions, that the YAML reader gives: dates and numbers as their texts.
// Not for: writing TOML.
#pragma once

#include <string>
#include <string_view>

#include "base/yaml.hpp"

namespace kolega::toml {

/// Throws Error(input) with position. At most 4 MiB; nesting is bounded by the library.
yaml::Node parse(std::string_view text, const std::string& file);

}  // namespace kolega::toml
