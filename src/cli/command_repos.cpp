#include <algorithm>

#include "api/resolve.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/text_table.hpp"

namespace kolega::cli {

namespace {

constexpr const char* path = "/api/v1/repositories";

std::string sources_of(const Repository& repository) {
  std::string out;
  for (const auto& source : repository.sources) out += (out.empty() ? "" : ", ") + source.full_name;
  return out;
}

int list(const Invocation& invocation) {
  auto session = open_session(invocation);
  const bool archived = invocation.arguments.has("archived");
  if (invocation.arguments.has("json")) {
    return print_items(invocation, session.client(), path, {{"include_archived", archived ? "true" : ""}});
  }
  const auto options = resolve_list(invocation);
  const auto repositories = session.client().repositories(archived);
  std::vector<Row> rows{{"ID", "NAME", "SOURCES", "STATE"}};
  const auto shown = options.all ? repositories.size()
                                 : std::min(repositories.size(), static_cast<std::size_t>(options.limit));
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& repository = repositories[i];
    rows.push_back(
        {repository.id, repository.name, sources_of(repository), repository.archived ? "archived" : ""});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  if (shown < repositories.size()) {
    invocation.printer.note(std::to_string(repositories.size() - shown) + " more; see them with --all");
  }
  return 0;
}

int get(const Invocation& invocation) {
  require_said_once(invocation, "repository");
  auto session = open_session(invocation);
  const auto& given = invocation.arguments.positionals();
  api::RepositoryWish wish;
  if (!given.empty()) wish.given = given.front();
  const auto repository = given.empty() ? resolve_repository(session.client(), invocation)
                                        : api::resolve_repository(session.client(), wish);
  if (invocation.arguments.has("json")) {
    const auto target = std::string(path) + "/" + net::path_segment(repository.id, "the repository id");
    return print_document(invocation, session.client(), target);
  }
  std::vector<std::pair<std::string, std::string>> facts{
      {"id", repository.id},
      {"name", repository.name},
      {"description", repository.description},
      {"state", repository.archived ? "archived" : "active"}};
  for (const auto& source : repository.sources) {
    facts.emplace_back("source",
                       source.full_name + " (" + source.provider + ", " + source.default_branch + ")");
  }
  write_facts(invocation.streams.out, facts, table_columns(invocation.system));
  return 0;
}

}  // namespace

Command command_repos_list() {
  return {
      .name = "repos list",
      .summary = "the repositories that this key sees",
      .description = "Lists Kolega repositories with the source repositories in them.",
      .options = options_of({{{.names = "--archived", .help = "archived ones too"}},
                             list_options(),
                             json_options(),
                             connection_options(),
                             output_options()}),
      .examples = {{"repos list", "the first 50"},
                   {"repos list --all --json", "all, as the API tells of them"}},
      .run = list,
  };
}

Command command_repos_get() {
  return {
      .name = "repos get",
      .summary = "one repository",
      .description =
          "Shows one repository: by Kolega id, owner/name or default; left out, the one of this work tree.",
      .options = options_of({repository_options(), json_options(), connection_options(), output_options()}),
      .positional = {.name = "REPOSITORY", .help = "Kolega id, owner/name or default"},
      .examples = {{"repos get", "the repository of this work tree"}, {"repos get octo/demo", "by its name"}},
      .run = get,
  };
}

}  // namespace kolega::cli
