#include "api/resolve.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::api {

namespace {

constexpr std::size_t most_candidates = 20;

using Repositories = std::vector<Repository>;

std::string describe(const Repository& repository) {
  std::string out = "  " + printable(repository.id, 60);
  for (const auto& source : repository.sources) out += "  " + printable(source.full_name, 100);
  if (repository.sources.empty()) out += "  " + printable(repository.name, 100);
  return out;
}

std::string list_of(const Repositories& repositories) {
  std::string out;
  for (std::size_t i = 0; i < repositories.size() && i < most_candidates; ++i) {
    out += (i > 0 ? "\n" : "") + describe(repositories[i]);
  }
  if (repositories.size() > most_candidates) {
    out += "\n  and " + std::to_string(repositories.size() - most_candidates) + " more";
  }
  return out;
}

[[noreturn]] void fail(ErrorKind kind, const std::string& message, const std::string& hint,
                       const Repositories& candidates) {
  Error error(kind, message, hint);
  if (!candidates.empty()) error.with_excerpt(list_of(candidates));
  throw error;
}

/// Archived ones are not asked for; a server that lists them all the same must not have them scanned.
Repositories active_repositories(Client& client) {
  auto repositories = client.repositories();
  std::erase_if(repositories, [](const Repository& repository) { return repository.archived; });
  return repositories;
}

Repositories with_full_name(const Repositories& repositories, std::string_view full_name) {
  Repositories out;
  for (const auto& repository : repositories) {
    const auto same = [&](const SourceRepository& source) {
      return iequals_ascii(source.full_name, full_name);
    };
    if (std::any_of(repository.sources.begin(), repository.sources.end(), same)) out.push_back(repository);
  }
  return out;
}

Repository require_single(const Repositories& matches, std::string_view full_name) {
  if (matches.size() == 1) return matches.front();
  fail(ErrorKind::usage,
       "repository '" + printable(full_name, 100) + "': " + std::to_string(matches.size()) +
           " Kolega repositories hold it",
       "name one by its id with --repository", matches);
}

Repository the_default(Client& client) {
  const auto repositories = active_repositories(client);
  if (repositories.size() == 1) return repositories.front();
  if (repositories.empty())
    fail(ErrorKind::not_found, "repository 'default': this key sees no repository", {}, {});
  fail(ErrorKind::usage,
       "repository 'default': there are " + std::to_string(repositories.size()) +
           ", and 'default' means the only one",
       "name one with --repository", repositories);
}

/// The archived ones are looked at only to say why there is no match.
[[noreturn]] void fail_unknown(Client& client, const std::vector<std::string>& names,
                               const Repositories& active) {
  const auto shown = printable(join(names, "', '"), 200);
  for (const auto& repository : client.repositories(true)) {
    if (!repository.archived) continue;
    for (const auto& name : names) {
      if (with_full_name({repository}, name).empty()) continue;
      fail(ErrorKind::not_found, "repository '" + printable(name, 100) + "' is archived",
           "unarchive it in Kolega, or name another with --repository", {});
    }
  }
  fail(ErrorKind::not_found, "repository '" + shown + "': unknown to this key",
       "name one with --repository (kolega-gate repos list)", active);
}

Repository by_full_name(Client& client, const std::vector<std::string>& names) {
  const auto repositories = active_repositories(client);
  for (const auto& name : names) {
    const auto matches = with_full_name(repositories, name);
    if (!matches.empty()) return require_single(matches, name);
  }
  fail_unknown(client, names, repositories);
}

Repository by_id(Client& client, const std::string& id) {
  auto repository = client.repository(id);
  if (repository.archived) {
    fail(ErrorKind::not_found, "repository '" + printable(id, 100) + "' is archived",
         "unarchive it in Kolega, or name another with --repository", {});
  }
  return repository;
}

}  // namespace

bool is_repository_id(std::string_view given) {
  return !given.empty() && given != "default" && given.find('/') == std::string_view::npos;
}

Repository resolve_repository(Client& client, const RepositoryWish& wish) {
  if (is_repository_id(wish.given)) return by_id(client, wish.given);
  if (wish.given == "default") return the_default(client);
  if (!wish.given.empty()) return by_full_name(client, {wish.given});
  if (!wish.detected.empty()) return by_full_name(client, wish.detected);
  fail(ErrorKind::usage, "no repository: none was given, and neither CI nor git names one",
       "name one with --repository ID or --repository OWNER/NAME", client.repositories());
}

}  // namespace kolega::api
