// What the loader needs of conditions beyond condition.hpp: shared readers, checks on path lists, schema
// rows. Not for: the verdict.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/condition.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

/// True when no path can be outside the list.
bool matches_every_path(const std::vector<std::string>& patterns);

/// A list of scan types by long or short name, without duplicates.
std::vector<ScanType> read_scan_types(const yaml::Node& value, std::string_view key, Reader& reader);

/// parse_condition() with the loader's own reader; `key` is what the map stands under.
Condition read_condition(const yaml::Node& node, Reader& reader, std::string_view key = "when");

std::vector<SchemaKey> condition_schema();

}  // namespace kolega::policy
