// Who asks and where: the token's four sources and the API's address.
#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::uint64_t largest_token_file = 64 * 1024;

/// A token goes into a header as it is, so nothing may be in it that a header cannot hold.
Secret checked_token(std::string_view text, const std::string& source) {
  const auto token = trim(text);
  if (token.empty()) throw Error(ErrorKind::usage, source + ": the token is empty");
  const bool clean = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!clean) {
    throw Error(ErrorKind::usage,
                source + ": the token holds blanks, control or other characters no token has",
                "the file or variable must hold the token alone");
  }
  return Secret(std::string(token));
}

Secret token_of_file(const std::string& path, const std::string& source) {
  return checked_token(sys::read_file(path, ErrorKind::usage, largest_token_file), source);
}

struct Login {
  std::string token{};
  std::string base_url{};
};

/// The official CLI's login: $XDG_CONFIG_HOME/kolega/config.json, else ~/.config/kolega/config.json.
std::optional<Login> find_login(const sys::Environment& environment) {
  auto directory = environment.find("XDG_CONFIG_HOME");
  if (!directory || !directory->starts_with('/')) {
    directory = environment.find("HOME");
    if (!directory) return std::nullopt;
    *directory += "/.config";
  }
  const auto path = *directory + "/kolega/config.json";
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable)) return std::nullopt;
  const auto document =
      parse_json(sys::read_file(path, ErrorKind::usage, 1024 * 1024), path, ErrorKind::usage);
  const JsonView view(document, path, ErrorKind::usage);
  const auto token = view.optional_string("token");
  if (!token) return std::nullopt;
  return Login{std::string(*token), std::string(view.optional_string("baseUrl").value_or(""))};
}

}  // namespace

std::optional<FoundToken> find_token(const Invocation& invocation) {
  const auto& environment = invocation.system.environment;
  if (const auto file = invocation.arguments.find("token-file")) {
    return FoundToken{token_of_file(*file, "--token-file"), "--token-file", {}};
  }
  if (const auto token = environment.find("KOLEGA_TOKEN")) {
    return FoundToken{checked_token(*token, "KOLEGA_TOKEN"), "KOLEGA_TOKEN", {}};
  }
  if (const auto named = environment.find("KOLEGA_TOKEN_FILE")) {
    return FoundToken{token_of_file(*named, "KOLEGA_TOKEN_FILE"), "KOLEGA_TOKEN_FILE", {}};
  }
  if (const auto login = find_login(environment)) {
    const std::string source = "the stored login";
    return FoundToken{checked_token(login->token, source), source, login->base_url};
  }
  return std::nullopt;
}

Error no_token() {
  return {ErrorKind::auth, "not authenticated: there is no API token",
          "set KOLEGA_TOKEN, or use --token-file; in a pipeline of a fork, secrets are not handed out"};
}

Connection resolve_connection(const Invocation& invocation) {
  const auto found = find_token(invocation);
  if (!found) throw no_token();
  return resolve_connection(invocation, *found);
}

Connection resolve_connection(const Invocation& invocation, const FoundToken& found) {
  Connection out;
  out.api_url = flag_or_environment(invocation, "api-url", "KOLEGA_API_URL").value_or("");
  out.tls = {invocation.arguments.find("ca-file").value_or(""),
             invocation.arguments.find("client-cert").value_or(""),
             invocation.arguments.find("client-key").value_or("")};
  out.allow_http = invocation.arguments.has("allow-http") ||
                   invocation.system.environment.find("KOLEGA_ALLOW_HTTP") == "1";
  out.token = found.token;
  // The address belongs to the login: it is never used with a token from elsewhere.
  if (out.api_url.empty()) out.api_url = found.api_url;
  if (out.api_url.empty()) out.api_url = default_api_url;
  return out;
}

}  // namespace kolega::cli
