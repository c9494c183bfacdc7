// What the commands that only ask the API have in common.
#pragma once

#include "cli/printer.hpp"
#include "cli/session.hpp"

namespace kolega::cli {

/// Patience of a command that asks a question or two.
inline constexpr Duration question_timeout = std::chrono::minutes(2);

inline Session open_session(const Invocation& invocation, Duration timeout = question_timeout) {
  return Session(invocation, invocation.system.steady() + timeout);
}

/// --limit and --all; at most a million items.
api::ListOptions resolve_list(const Invocation& invocation);

/// The answer of one endpoint in its own shape on standard output.
int print_document(const Invocation& invocation, api::Client& client, const std::string& target);
/// The items of a list, likewise, as one array.
int print_items(const Invocation& invocation, api::Client& client, const std::string& path,
                std::vector<std::pair<std::string, std::string>> query);

/// How wide a table on standard output may be: nothing is cut in a pipe.
std::size_t table_columns(const sys::System& system);

/// "2026-11-23T20:00:00Z" or nothing.
std::string render_time(const std::optional<Instant>& at);

}  // namespace kolega::cli
