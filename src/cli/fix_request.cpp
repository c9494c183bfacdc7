#include "cli/fix_request.hpp"

#include <algorithm>
#include <sstream>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

[[noreturn]] void fail_source(const Repository& repository, const std::string& why) {
  Error error(ErrorKind::usage, why, "name one with --source-repo OWNER/NAME");
  std::string names;
  for (const auto& source : repository.sources)
    names += (names.empty() ? "  " : "\n  ") + printable(source.full_name, 100);
  if (!names.empty()) error.with_excerpt(names);
  throw error;
}

const SourceRepository& find_source(const Repository& repository, const std::string& given) {
  const auto& sources = repository.sources;
  if (given.empty()) {
    if (sources.size() == 1) return sources.front();
    fail_source(repository, "the repository has " + std::to_string(sources.size()) + " source repositories");
  }
  const auto same = [&](const SourceRepository& source) { return iequals_ascii(source.full_name, given); };
  const auto found = std::ranges::find_if(sources, same);
  if (found != sources.end()) return *found;
  fail_source(repository, "--source-repo: the repository has no '" + printable(given, 100) + "'");
}

std::string body_of(const FixRequest& request) {
  std::ostringstream out;
  JsonWriter writer(out, JsonWriter::Style::compact);
  writer.begin_object().key("finding_ids").begin_array();
  for (const auto& id : request.finding_ids) writer.value(std::string_view(id));
  writer.end_array().member("title", std::string_view(request.title));
  writer.member("instructions", std::string_view(request.instructions));
  writer.member("source_repo", std::string_view(request.source.full_name));
  writer.member("source_repo_provider", std::string_view(request.source.provider));
  if (!request.source.branch.empty())
    writer.member("source_scan_branch", std::string_view(request.source.branch));
  writer.end_object().finish();
  return out.str();
}

}  // namespace

std::vector<std::string_view> provider_words() {
  return {"github", "gitlab", "azure_devops"};
}

FixSource choose_source(const Repository& repository, const FixWords& given) {
  const auto& known = find_source(repository, given.source_repo);
  FixSource source{known.full_name, given.provider.empty() ? known.provider : given.provider,
                   given.branch.empty() ? known.default_branch : given.branch};
  const auto words = provider_words();
  if (std::ranges::find(words, source.provider) == words.end()) {
    throw Error(ErrorKind::usage, "the provider '" + printable(source.provider, 60) + "' is not known",
                "give --source-repo-provider: " + suggest(source.provider, words));
  }
  return source;
}

std::string default_title(const std::vector<std::string>& ids) {
  return ids.size() == 1 ? "Fix finding " + ids.front() : "Fix " + plural(ids.size(), "finding");
}

boost::json::value start_fix(api::Client& client, const std::string& repository_id,
                             const FixRequest& request) {
  return send_change(client, "POST", repository_path(repository_id, "/fixes"), body_of(request),
                     "starting a fix of " + plural(request.finding_ids.size(), "finding"),
                     "it may have begun: look with 'kolega-gate fixes list' before you start it again");
}

std::string id_of_fix(const boost::json::value& document, const std::string& repository_id) {
  const JsonView fix(document, "starting a fix", ErrorKind::api);
  const std::string id(fix.require_string("id"));
  if (!api::usable_id(id)) fix.require("id").fail("not a usable id: '" + printable(id, 60) + "'");
  require_about(fix, "repository_id", repository_id);
  return id;
}

boost::json::value open_pull_requests(api::Client& client, const std::string& repository_id,
                                      const std::string& fix_id, const std::string& body) {
  const auto what = "opening the pull requests of fix " + fix_id;
  auto document = send_change(client, "POST", fix_path(repository_id, fix_id, "/pull-requests"), body, what,
                              "they may have been opened: look with 'kolega-gate fixes get " + fix_id + "'");
  const JsonView view(document, what, ErrorKind::api);
  require_about(view, "fix_id", fix_id);
  if (view.require("pull_requests").items().empty())
    throw Error(ErrorKind::context, what + ": the server opened none");
  return document;
}

}  // namespace kolega::cli
