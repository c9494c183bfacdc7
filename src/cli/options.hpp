// What the options of several commands mean, decided once: flag, then environment, then policy, then default.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "ci/detect.hpp"
#include "cli/command.hpp"
#include "gate/inputs.hpp"
#include "net/transport.hpp"
#include "policy/policy.hpp"
#include "report/formats.hpp"

namespace kolega::cli {

inline constexpr std::string_view default_api_url = "https://api.kolega.dev";

/// --api-url, --token-file, --ca-file, --client-cert, --client-key, --allow-http.
std::vector<Option> connection_options();
/// --policy
std::vector<Option> policy_options();
/// --repository
std::vector<Option> repository_options();
/// --output, --sarif-profile
std::vector<Option> report_options();
/// --mode
std::vector<Option> mode_options();
/// --json, and for lists --limit and --all.
std::vector<Option> json_options();
std::vector<Option> list_options();

std::vector<std::string_view> scan_type_words();

/// Throws Error(usage) when the command line says the same thing with an argument and with the option; one of them
/// would go unheard.
void require_said_once(const Invocation& invocation, std::string_view option);

/// The flag, else the environment; empty text counts as absent.
std::optional<std::string> flag_or_environment(const Invocation& invocation, std::string_view option,
                                               const std::string& variable);

/// A token and where it was found: "KOLEGA_TOKEN", "--token-file", "the stored login".
struct FoundToken {
  Secret token{};
  std::string source{};
  std::string api_url{};  ///< of the stored login alone: it is never used with a token from elsewhere
};
/// Throws Error(usage) for one that cannot be read or used.
std::optional<FoundToken> find_token(const Invocation& invocation);
/// The error that there is none.
Error no_token();

/// Where the API is and who asks. Throws Error(auth) when no token is found anywhere, Error(usage) for a
/// wrong one.
struct Connection {
  std::string api_url{};
  Secret token{};
  net::TlsOptions tls{};
  bool allow_http{};
};
Connection resolve_connection(const Invocation& invocation);
/// The same with a token that was looked for already.
Connection resolve_connection(const Invocation& invocation, const FoundToken& found);

/// One -o FORMAT[=PATH].
struct Output {
  const report::Format* format{};
  std::string path{};  ///< "-" is standard output
};
/// Throws Error(usage) for an unknown format and for two outputs to standard output.
std::vector<Output> parse_outputs(const std::vector<std::string>& given);

report::SarifProfile resolve_sarif_profile(const Invocation& invocation, ci::System ci);
std::optional<policy::Mode> resolve_mode(const Invocation& invocation);
ScanType parse_scan_type(const std::string& word);
/// In the order given, each once.
std::vector<ScanType> resolve_scan_types(const Invocation& invocation);
std::optional<Duration> resolve_duration(const Invocation& invocation, std::string_view option);
/// Digits between 1 and `most`.
std::int64_t parse_count(const std::string& text, std::string_view option, std::int64_t most);

}  // namespace kolega::cli
