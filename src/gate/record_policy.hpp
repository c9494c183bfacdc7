// The part of the record that holds a policy: its document, where it came from, and where its rules stand in it.
// Not for: reading it back (record_reader.cpp), the language of policies (policy/).
#pragma once

#include <optional>

#include "base/json_writer.hpp"
#include "gate/record.hpp"

namespace kolega::gate {

/// The value of the member `policy` or `head_policy`; `null` when there is none.
void write_policy(const std::optional<policy::Policy>& written, JsonWriter& json);

}  // namespace kolega::gate
