// Asking for a fix and for its pull requests: what `fixes run`, `fixes pr` and `run --fix` send.
// Not for: waiting for it (fix_watch.hpp).
#pragma once

#include "cli/fix_watch.hpp"

namespace kolega::cli {

inline constexpr std::string_view default_instructions =
    "Fix the findings at their cause, keep the behaviour otherwise as it is, and add or adapt tests where "
    "the project has them.";

struct FixSource {
  std::string full_name{};
  std::string provider{};
  std::string branch{};
};
std::vector<std::string_view> provider_words();

struct FixWords {
  std::string source_repo{};  ///< what was given for each; empty: found out
  std::string provider{};
  std::string branch{};
};
/// The named source repository, else the only one, with its provider and default branch where none is given.
/// Throws Error(usage) that lists the candidates.
FixSource choose_source(const Repository& repository, const FixWords& given);

struct FixRequest {
  std::vector<std::string> finding_ids{};
  std::string title{};
  std::string instructions{};
  FixSource source{};
};
/// "Fix finding f1" or "Fix 3 findings".
std::string default_title(const std::vector<std::string>& ids);

/// Starts one fix and never two, and returns the server's document: when the answer to the POST is lost, the
/// list of fixes is looked at before a second one.
boost::json::value start_fix(const Invocation& invocation, api::Client& client,
                             const std::string& repository_id, const FixRequest& request);
/// The id of a fix that began, checked to be of this repository.
std::string id_of_fix(const boost::json::value& document, const std::string& repository_id);

/// Opens the pull requests of a fix; `body` is JSON. Throws Error(context) when the server opened none.
boost::json::value open_pull_requests(api::Client& client, const std::string& repository_id,
                                      const std::string& fix_id, const std::string& body);

}  // namespace kolega::cli
