#include "cli/fix_request.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

/// The Date header has whole seconds; machines behind one address differ a little.
constexpr std::chrono::seconds server_clock_grace{1};
constexpr std::chrono::seconds own_clock_grace{10};
constexpr std::array<Duration, 3> looks{Duration{250}, Duration{1000}, Duration{2000}};
constexpr int most_posts = 2;

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

/// Sends the request and looks for the fix before it sends it again: the API has no idempotency key.
class FixStart {
 public:
  FixStart(const Invocation& invocation, api::Client& client, const std::string& repository_id,
           const FixRequest& request)
      : invocation_(invocation),
        client_(client),
        path_(repository_path(repository_id, "/fixes")),
        request_(request),
        what_("starting a fix of " + plural(request.finding_ids.size(), "finding")) {}

  boost::json::value run() {
    const auto server = client_.server_now();
    since_ = server ? *server - server_clock_grace : invocation_.system.now() - own_clock_grace;
    for (int posts = 1;; ++posts) {
      try {
        return client_.change_document("POST", path_, body_of(request_), what_);
      } catch (const Error& error) {
        const auto* fault = dynamic_cast<const net::TransportError*>(&error);
        if (!leaves_open(error)) {
          if (fault && fault->maybe_sent()) throw Error(error.kind(), error.message(), doubt);
          throw;
        }
        invocation_.printer.warning(error.message() + "; looking whether the fix was started all the same");
        if (auto found = look(error)) return std::move(*found);
        if (posts == most_posts) throw Error(error.kind(), error.message(), doubt);
      }
    }
  }

 private:
  /// Whether the fix may exist although there is no answer that says so.
  static bool leaves_open(const Error& error) {
    if (const auto* fault = dynamic_cast<const net::TransportError*>(&error)) {
      const bool certificate = fault->fault() == net::TransportError::Fault::tls;
      return fault->maybe_sent() && !certificate && error.kind() != ErrorKind::interrupted &&
             error.kind() != ErrorKind::timeout;
    }
    if (const auto* answer = dynamic_cast<const api::HttpError*>(&error))
      return answer->status() == 408 || (answer->status() >= 500 && answer->status() != 501);
    return error.kind() == ErrorKind::api;  // 2xx that cannot be read
  }

  /// A few times, because a fix may take a moment to be listed. Nothing when it is not there.
  std::optional<boost::json::value> look(const Error& lost) {
    const auto& system = invocation_.system;
    for (const auto pause : looks) {
      if (!system.sleep_until(system.steady() + pause, system.stop))
        throw Error(ErrorKind::interrupted, lost.message() + "; interrupted", doubt);
      if (auto found = find_ours(lost)) return found;
    }
    return std::nullopt;
  }

  std::optional<boost::json::value> find_ours(const Error& lost) {
    try {
      auto items = client_.get_items(path_, {{"finding_id", request_.finding_ids.front()}}, {.limit = 20});
      for (auto& item : items.as_array()) {
        const JsonView fix(item, "listing the fixes", ErrorKind::api);
        if (!is_ours(fix)) continue;
        invocation_.printer.note("found it: fix " + shown_text(fix, "id"));
        return std::move(item);
      }
      return std::nullopt;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      throw Error(lost.kind(), lost.message() + "; then " + error.message(), doubt);  // nobody can know
    }
  }

  bool is_ours(const JsonView& fix) const {
    const auto created = parse_instant(shown_text(fix, "created_at"));
    auto ids = fix.optional_strings("finding_ids");
    std::vector<std::string_view> asked(request_.finding_ids.begin(), request_.finding_ids.end());
    std::ranges::sort(ids);
    std::ranges::sort(asked);
    return created && *created >= since_ && ids == asked && shown_text(fix, "title") == request_.title;
  }

  static constexpr auto doubt =
      "it may have begun: look with 'kolega-gate fixes list' before you start it again";

  const Invocation& invocation_;
  api::Client& client_;
  std::string path_;
  const FixRequest& request_;
  std::string what_;
  Instant since_{};
};

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

boost::json::value start_fix(const Invocation& invocation, api::Client& client,
                             const std::string& repository_id, const FixRequest& request) {
  return FixStart(invocation, client, repository_id, request).run();
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
