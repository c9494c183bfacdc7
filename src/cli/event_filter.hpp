// Which finding events are asked for: the options of `findings events` as parameters of the API.
#pragma once

#include "cli/api_command.hpp"

namespace kolega::cli {

std::vector<std::string_view> event_type_words();

/// RFC 3339, a date (its midnight, UTC) or a duration ago such as 2h or 7d. Throws Error(usage) naming the
/// option.
Instant parse_moment(const std::string& text, std::string_view option, Instant now);

struct EventFilter {
  Query query{};  ///< without times and repository
  std::optional<Instant> since{};
  std::optional<Instant> until{};
};
/// Everything that can be known to be wrong before a request is refused here.
EventFilter resolve_event_filter(const Invocation& invocation);

}  // namespace kolega::cli
