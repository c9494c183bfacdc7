#include "cli/options.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

std::vector<std::string_view> mode_words() {
  return {"block", "warn", "observe"};
}
std::vector<std::string_view> profile_words() {
  return {"github", "azure", "generic"};
}

[[noreturn]] void fail(std::string message, std::string hint = {}) {
  throw Error(ErrorKind::usage, std::move(message), std::move(hint));
}

report::SarifProfile profile_of(ci::System ci) {
  switch (ci) {
    case ci::System::github:
      return report::SarifProfile::github;
    case ci::System::azure:
      return report::SarifProfile::azure;
    case ci::System::none:
    case ci::System::gitlab:
    case ci::System::bitbucket:
    case ci::System::jenkins:
    case ci::System::other:
      return report::SarifProfile::generic;
  }
  return report::SarifProfile::generic;
}

Output parse_output(const std::string& text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto* format = report::find_format(name);
  if (!format)
    fail("--output: unknown format '" + printable(name, 60) + "'", suggest(name, report::format_names()));
  if (equals == std::string::npos) return {format, "-"};
  auto path = text.substr(equals + 1);
  if (path.empty())
    fail("--output " + name + "=: the path is empty", "write " + name + "=FILE, or only " + name);
  return {format, std::move(path)};
}

}  // namespace

std::vector<std::string_view> scan_type_words() {
  std::vector<std::string_view> words(scan_type_names.begin(), scan_type_names.end());
  words.insert(words.end(), scan_type_short_names.begin(), scan_type_short_names.end());
  return words;
}

std::vector<Option> policy_options() {
  return {{.names = "--policy",
           .value = "FILE",
           .help =
               "the policy, or builtin:NAME; default: the first of .kolega/policy.yaml, .kolega/policy.yml, "
               "kolega-policy.yaml",
           .environment = "KOLEGA_POLICY"}};
}

std::vector<Option> repository_options() {
  return {
      {.names = "--repository",
       .value = "REPOSITORY",
       .help = "Kolega id, owner/name, or default; left out: found from the CI's variables, else from git",
       .environment = "KOLEGA_REPOSITORY"}};
}

std::vector<Option> report_options() {
  return {
      {.names = "-o,--output",
       .value = "FORMAT[=PATH]",
       .help = "write a report; without a path, or with -, to standard output",
       .repeatable = true,
       .choices = report::format_names,
       .report = true},
      {.names = "--sarif-profile",
       .value = "PROFILE",
       .help = "whom the SARIF is for: github, azure or generic; default: by the CI detected",
       .choices = profile_words},
  };
}

std::vector<Option> mode_options() {
  return {{.names = "--mode",
           .value = "MODE",
           .help = "block, warn or observe: caps the mode of every rule; never softens incompleteness",
           .environment = "KOLEGA_MODE",
           .choices = mode_words}};
}

std::vector<Option> connection_options() {
  return {
      {.names = "--api-url",
       .value = "URL",
       .help = "the API, default https://api.kolega.dev",
       .environment = "KOLEGA_API_URL"},
      {.names = "--token-file",
       .value = "FILE",
       .help = "file with the API token; else KOLEGA_TOKEN, KOLEGA_TOKEN_FILE, the official CLI's login",
       .environment = "KOLEGA_TOKEN_FILE"},
      {.names = "--ca-file", .value = "FILE", .help = "PEM file of the certificate authorities to trust"},
      {.names = "--client-cert", .value = "FILE", .help = "PEM file of the client certificate"},
      {.names = "--client-key", .value = "FILE", .help = "PEM file of its private key"},
      {.names = "--allow-http",
       .help = "allow plain http to other hosts than loopback",
       .environment = "KOLEGA_ALLOW_HTTP"},
  };
}

std::vector<Option> json_options() {
  return {{.names = "--json", .help = "print the API's own document on standard output"}};
}

std::vector<Option> list_options() {
  return {{.names = "--limit", .value = "N", .help = "at most this many, default 50"},
          {.names = "--all", .help = "every page"}};
}

void require_said_once(const Invocation& invocation, std::string_view option) {
  const auto& arguments = invocation.arguments.positionals();
  if (arguments.empty() || !invocation.arguments.has(option)) return;
  fail("'" + printable(arguments.front(), 100) + "' and --" + std::string(option) + " both say which one is meant",
       "give one of them");
}

std::optional<std::string> flag_or_environment(const Invocation& invocation, std::string_view option,
                                               const std::string& variable) {
  if (auto given = invocation.arguments.find(option)) {
    if (given->empty()) fail("--" + std::string(option) + ": the value is empty");
    return given;
  }
  return invocation.system.environment.find(variable);
}

std::vector<Output> parse_outputs(const std::vector<std::string>& given) {
  std::vector<Output> out;
  for (const auto& text : given) {
    out.push_back(parse_output(text));
    const auto to_stdout = std::ranges::count(out, std::string("-"), &Output::path);
    if (out.back().path == "-" && to_stdout > 1) {
      fail("--output " + printable(text, 60) + ": another report already goes to standard output",
           "give all but one a path: " + std::string(out.back().format->name) + "=FILE");
    }
  }
  return out;
}

report::SarifProfile resolve_sarif_profile(const Invocation& invocation, ci::System ci) {
  const auto word = invocation.arguments.find("sarif-profile");
  if (!word) return profile_of(ci);
  if (*word == "github") return report::SarifProfile::github;
  if (*word == "azure") return report::SarifProfile::azure;
  if (*word == "generic") return report::SarifProfile::generic;
  fail("--sarif-profile: unknown profile '" + printable(*word, 60) + "'", suggest(*word, profile_words()));
}

std::optional<policy::Mode> resolve_mode(const Invocation& invocation) {
  const auto word = flag_or_environment(invocation, "mode", "KOLEGA_MODE");
  if (!word) return std::nullopt;
  for (std::size_t i = 0; i < policy::mode_names.size(); ++i) {
    if (policy::mode_names[i] == *word) return static_cast<policy::Mode>(i);
  }
  const auto* source = invocation.arguments.has("mode") ? "--mode" : "KOLEGA_MODE";
  fail(std::string(source) + ": unknown mode '" + printable(*word, 60) + "'", suggest(*word, mode_words()));
}

ScanType parse_scan_type(const std::string& word) {
  if (const auto type = find_scan_type(word)) return *type;
  fail("--scan-type: unknown scan type '" + printable(word, 60) + "'", suggest(word, scan_type_words()));
}

std::vector<ScanType> resolve_scan_types(const Invocation& invocation) {
  std::vector<ScanType> out;
  for (const auto& word : invocation.arguments.all("scan-type")) {
    const auto type = parse_scan_type(word);
    if (std::ranges::find(out, type) == out.end()) out.push_back(type);
  }
  return out;
}

std::optional<Duration> resolve_duration(const Invocation& invocation, std::string_view option) {
  const auto text = invocation.arguments.find(option);
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (duration == Duration::zero()) fail("--" + std::string(option) + ": must be more than 0", "for example 90s, 30m or 2h");
  if (!duration || *duration < Duration::zero()) {
    fail("--" + std::string(option) + ": '" + printable(*text, 60) + "' is no duration",
         "for example 90s, 30m or 2h");
  }
  return duration;
}

std::int64_t parse_count(const std::string& text, std::string_view option, std::int64_t most) {
  const auto number = parse_decimal(text);
  if (!number || *number < 1 || *number > most) {
    fail("--" + std::string(option) + ": '" + printable(text, 60) + "' is not a number from 1 to " +
         std::to_string(most));
  }
  return *number;
}

}  // namespace kolega::cli
