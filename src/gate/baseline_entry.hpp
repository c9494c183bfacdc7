// One entry of a baseline: how it is made of a finding, and its JSON, which the file and the decision record share.
// Not for: the file around it (baseline_file.hpp).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "model/baseline.hpp"
#include "policy/condition.hpp"

namespace kolega::gate {

/// What an entry keeps of a message: 16 digits of the SHA-256 of its text, white space collapsed.
std::string message_digest(std::string_view message);

/// Refuses members that are not `known`: a misspelt one would otherwise be read as one that is absent.
void require_members(const JsonView& view, std::span<const std::string_view> known);

/// One line.
void write_baseline_entry(const BaselineEntry& entry, JsonWriter& json);
/// Throws what `row` throws, naming the place.
BaselineEntry read_baseline_entry(const JsonView& row);

/// What a baseline knows a finding by; it holds each key once and is sorted by it.
bool comes_before(const BaselineEntry& a, const BaselineEntry& b);

/// Whether a rule's `when` matches the finding that the entry was made of, as far as the entry tells.
policy::Match match_entry(const policy::Condition& when, const BaselineEntry& entry);

}  // namespace kolega::gate
