// `findings events --follow`: new events as JSON lines, with a cursor in a file, until a signal.
// Not for: which events are new (api/event_follower.hpp).
#pragma once

#include "cli/api_command.hpp"

namespace kolega::cli {

inline constexpr const char* events_path = "/api/v1/finding-events";

struct FollowOptions {
  std::string api_url{};
  Query query{};  ///< the filters, without times
  std::optional<Instant> since{};
  Duration overlap{};
  Duration interval{};
};

/// Ends only by a signal (its exit code), by Error(output) when nobody reads any more, and by errors that
/// another attempt would not help.
int follow_events(const Invocation& invocation, api::Client& client, const FollowOptions& options);

}  // namespace kolega::cli
