// Fixes for people: how far one is, what became of it, and the wait for its end.
#pragma once

#include "cli/api_command.hpp"

namespace kolega::cli {

/// "/api/v1/repositories/R/fixes/F" and `tail`.
std::string fix_path(const std::string& repository_id, const std::string& fix_id,
                     const std::string& tail = {});

/// Facts of a fix and its pull requests on standard output; with --json the document.
void show_fix(const Invocation& invocation, const boost::json::value& document);
/// Likewise of its progress.
void show_fix_progress(const Invocation& invocation, const boost::json::value& document, Instant now);
/// The rows of `pull_requests`, nothing when there is none.
void show_pull_requests(const Invocation& invocation, const JsonView& document);

/// "Running... (42s, 12 steps, last update 3s ago)"
std::string describe_fix_progress(const JsonView& progress, Instant now);

/// --wait or --watch, --timeout and --interval.
std::vector<Option> fix_wait_options(std::string_view name);
struct FixWait {
  Duration timeout{};
  Duration interval{};
};
FixWait resolve_fix_wait(const Invocation& invocation);

/// Polls until the fix has ended and returns its last progress. Throws Error(timeout) when the patience ends
/// first; the command to go on with is printed then, and at an interruption.
boost::json::value await_fix(const Invocation& invocation, api::Client& client,
                             const std::string& repository_id, const std::string& fix_id,
                             const FixWait& wait);
/// 0 for a completed fix, else that of a failed scan, with a warning that says why.
int exit_code_of_fix(const Invocation& invocation, const JsonView& progress);

/// Waits, shows the fix as it is then and returns its exit code.
int await_and_show_fix(const Invocation& invocation, api::Client& client, const std::string& repository_id,
                       const std::string& fix_id);

bool fix_has_ended(std::string_view status);

}  // namespace kolega::cli
