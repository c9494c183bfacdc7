// Which repository is meant: an id, `owner/name`, `default`, or what CI and git say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/client.hpp"

namespace kolega::api {

struct RepositoryWish {
  std::string given{};                  ///< --repository; empty: find out
  std::vector<std::string> detected{};  ///< full names from CI and git, best first
};

/// Whether that is an id as it stands, and neither `owner/name` nor `default`.
bool is_repository_id(std::string_view given);

/// Exactly one repository, or Error(usage / not_found) that lists the candidates. `owner/name` is compared
/// without regard to case, over all pages, archived ones only when nothing else fits (then refused with the
/// reason).
Repository resolve_repository(Client& client, const RepositoryWish& wish);

}  // namespace kolega::api
