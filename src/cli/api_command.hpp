// What the commands that only ask the API have in common.
#pragma once

#include "base/json.hpp"
#include "cli/printer.hpp"
#include "cli/session.hpp"

namespace kolega::cli {

/// Patience of a command that asks a question or two.
inline constexpr Duration question_timeout = std::chrono::minutes(2);

inline Session open_session(const Invocation& invocation, Duration timeout = question_timeout) {
  return Session(invocation, invocation.system.steady() + timeout);
}

using Query = std::vector<std::pair<std::string, std::string>>;

/// --limit and --all; at most a million items.
api::ListOptions resolve_list(const Invocation& invocation);

/// `text` when the API could have made it. Throws Error(usage) naming `what` before anything is sent.
std::string require_id(const std::string& text, std::string_view what);
/// The value of an option that is an id, checked; empty when it is not given.
std::string resolve_id(const Invocation& invocation, std::string_view option);
/// The value of an option that must be one of `words`; empty when it is not given.
std::string resolve_word(const Invocation& invocation, std::string_view option,
                         const std::vector<std::string_view>& words);
/// The value of an option, empty when it is not given. Throws Error(usage) for an empty one.
std::string resolve_text(const Invocation& invocation, std::string_view option);
/// The long name of the one --scan-type, empty when it is not given.
std::string resolve_scan_type(const Invocation& invocation);

std::vector<std::string_view> severity_words();
std::vector<std::string_view> triage_words();

/// "/api/v1/repositories/ID" and `tail`; its own segments are encoded already.
std::string repository_path(const std::string& repository_id, const std::string& tail);

/// The answer of one endpoint in its own shape on standard output.
int print_document(const Invocation& invocation, api::Client& client, const std::string& target);
/// The items of a list, likewise, as one array.
int print_items(const Invocation& invocation, api::Client& client, const std::string& path, Query query);

/// Sends a change once. When its answer is lost, the hint is `doubt`: how to find out what became of it.
boost::json::value send_change(api::Client& client, const std::string& method, const std::string& target,
                               std::string body, const std::string& what, const std::string& doubt);
/// Throws Error(api) when the answer is about something else than was asked for.
void require_about(const JsonView& document, std::string_view key, const std::string& id);

/// A member for people: empty when it is absent.
std::string shown_text(const JsonView& object, std::string_view key);
/// Likewise a time, as it came where nobody can read it.
std::string shown_time(const JsonView& object, std::string_view key);
/// "CWE-79, CWE-80"
std::string shown_list(const JsonView& object, std::string_view key);

/// How wide a table on standard output may be: nothing is cut in a pipe.
std::size_t table_columns(const sys::System& system);

/// "2026-11-23T20:00:00Z" or nothing.
std::string render_time(const std::optional<Instant>& at);

/// Says that a list may go on, when it came to its limit.
void note_limit(const Invocation& invocation, const api::ListOptions& options, std::size_t shown);

}  // namespace kolega::cli
