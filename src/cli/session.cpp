#include "cli/session.hpp"

#include <algorithm>

#include "api/resolve.hpp"
#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "ci/detect.hpp"
#include "cli/printer.hpp"
#include "sys/files.hpp"
#include "sys/git.hpp"

namespace kolega::cli {

namespace {

Connection connect_to(const LocalSandbox& sandbox, const Secret& token) {
  return {.api_url = sandbox.url(), .token = token};
}

}  // namespace

LocalSandbox::LocalSandbox(sandbox::Config config, Secret token, std::uint16_t port,
                           const sys::System& system)
    : sandbox_(std::move(config), std::move(token), system),
      server_([this](const net::ServerRequest& request) { return sandbox_.handle(request); }, port) {}

sandbox::Config load_sandbox_config(const std::string& file, const std::string& directory,
                                    const sys::System& system) {
  if (file.empty()) return sandbox::default_config(directory, system);
  return sandbox::parse_config(sys::read_file(file, ErrorKind::usage, 1024 * 1024), file);
}

Session::Session(const Invocation& invocation, sys::SteadyTime deadline) {
  const auto& system = invocation.system;
  Connection connection;
  if (const auto config = invocation.arguments.find("sandbox")) {
    const auto token = sandbox::make_token(system);
    sandbox_ = std::make_unique<LocalSandbox>(load_sandbox_config(*config, system.working_directory, system),
                                              token, std::uint16_t{0}, system);
    connection = connect_to(*sandbox_, token);
  } else {
    connection = resolve_connection(invocation);
  }
  token_ = connection.token;
  options_.base = net::parse_url(connection.api_url, "the API URL");
  options_.allow_http = connection.allow_http;
  options_.tls = connection.tls;
  options_.environment = system.environment;
  options_.user_agent = std::string(program_name) + "/" + std::string(version());
  api_url_ = options_.base.origin() + options_.base.path;
  auto note = [&printer = invocation.printer](const std::string& text) { printer.note(text); };
  transport_ = net::make_retrying(net::make_http_transport(options_), system, {}, std::move(note));
  client_ = std::make_unique<api::Client>(*transport_, token_, net::Wait{deadline, system.stop});
  invocation.printer.detail("API: " + api_url_);
}

void Session::hang_up() {
  client_.reset();
  transport_.reset();
}

namespace {

/// What can be no id and no name is not sent: the answer to it would say nothing.
std::optional<std::string> named_repository(const Invocation& invocation) {
  auto named = flag_or_environment(invocation, "repository", "KOLEGA_REPOSITORY");
  if (named && api::is_repository_id(*named) && !api::usable_id(*named)) {
    const auto* source = invocation.arguments.has("repository") ? "--repository" : "KOLEGA_REPOSITORY";
    throw Error(ErrorKind::usage,
                std::string(source) + ": '" + printable(*named, 100) + "' is no id and no owner/name",
                "an id as 'kolega-gate repos list' shows it, owner/name, or default");
  }
  return named;
}

/// What the CI and git call this repository.
std::vector<std::string> detected_names(const Invocation& invocation) {
  std::vector<std::string> out;
  const auto ci = ci::detect(invocation.system.environment);
  if (!ci.repository.empty()) out.push_back(ci.repository);
  for (auto& remote : sys::git_facts(invocation.system.working_directory, invocation.system.stop).remotes)
    out.push_back(std::move(remote));
  return out;
}

bool is_called(const Repository& repository, const std::string& name) {
  return std::ranges::any_of(repository.sources,
                             [&](const auto& source) { return iequals_ascii(source.full_name, name); });
}

}  // namespace

std::optional<std::string> named_repository_id(const Invocation& invocation) {
  auto named = named_repository(invocation);
  if (!named || named->empty() || !api::is_repository_id(*named)) return std::nullopt;
  return named;
}

Repository resolve_repository(api::Client& client, const Invocation& invocation) {
  api::RepositoryWish wish;
  wish.given = named_repository(invocation).value_or("");
  if (wish.given.empty()) wish.detected = detected_names(invocation);
  // A sandbox of our own serves what is here: without a better name, its only repository is meant.
  if (wish.given.empty() && invocation.arguments.has("sandbox")) wish.given = "default";
  return api::resolve_repository(client, wish);
}

Repository resolve_repository(api::Client& client, const Invocation& invocation, const std::string& of_policy,
                              std::vector<std::string>& notes) {
  const auto named = named_repository(invocation);
  if (of_policy.empty() || (!named && invocation.arguments.has("sandbox")))
    return resolve_repository(client, invocation);
  auto meant = api::resolve_repository(client, {of_policy, {}});
  if (named) {
    const auto given = api::resolve_repository(client, {*named, {}});
    if (given.id == meant.id) return meant;
    throw Error(ErrorKind::usage,
                "the policy is for repository " + printable(of_policy, 100) +
                    ", and --repository or KOLEGA_REPOSITORY names " + printable(*named, 100),
                "use the policy of that repository, or leave one of the two out");
  }
  const auto detected = detected_names(invocation);
  const bool known = std::ranges::any_of(detected, [&](const auto& name) { return is_called(meant, name); });
  if (!detected.empty() && !meant.sources.empty() && !known) {
    notes.push_back("judged is " + meant.sources.front().full_name +
                    ", as the policy says; this looks like " + detected.front());
  }
  return meant;
}

}  // namespace kolega::cli
