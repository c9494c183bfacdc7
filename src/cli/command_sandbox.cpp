#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/printer.hpp"
#include "cli/session.hpp"
#include "ingest/foreign.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

/// The feeds of the options belong to the first repository, which is the only one without --config.
std::map<ScanType, sandbox::Feed>& feeds_of(sandbox::Config& config) {
  if (config.repositories.empty()) throw Error(ErrorKind::usage, "the sandbox has no repository to feed");
  return config.repositories.front().feeds;
}

/// Saved results replace the scanners; which scan they are of, the file says.
void serve_files(sandbox::Config& config, const std::vector<std::string>& files) {
  auto& feeds = feeds_of(config);
  for (auto& [type, feed] : feeds) feed.commands.clear();
  for (const auto& file : files) {
    const sys::MappedFile mapped(file, ErrorKind::input);
    TextPool pool;
    for (const auto& scan : ingest::read_foreign(mapped.text(), printable(file), pool).scans) {
      if (!scan.guessed) {
        throw Error(ErrorKind::usage,
                    "--findings " + printable(file) + ": cannot tell which kind of scan this is",
                    "describe it with --config: a feed of a scan type with files");
      }
      auto& served = feeds[*scan.guessed].files;
      if (std::ranges::find(served, file) == served.end()) served.push_back(file);
    }
  }
}

void use_scanners(sandbox::Config& config, const std::vector<std::string>& given) {
  std::map<ScanType, std::vector<std::string>> commands;
  for (const auto& text : given) {
    const auto equals = text.find('=');
    const auto word = text.substr(0, equals);
    const auto type = find_scan_type(word);
    if (!type) {
      throw Error(ErrorKind::usage, "--scanner: unknown scan type '" + printable(word, 60) + "'",
                  suggest(word, scan_type_words()));
    }
    if (equals == std::string::npos || equals + 1 == text.size()) {
      throw Error(ErrorKind::usage, "--scanner " + printable(word) + ": the command is missing",
                  "for example --scanner 'semgrep=flawfinder --sarif .'");
    }
    commands[*type].push_back(text.substr(equals + 1));
  }
  for (auto& [type, lines] : commands) feeds_of(config)[type].commands = std::move(lines);
}

sandbox::Config resolve_config(const Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  const auto directory = arguments.find("path").value_or(invocation.system.working_directory);
  auto config = load_sandbox_config(arguments.find("config").value_or(""), directory, invocation.system);
  if (const auto files = arguments.all("findings"); !files.empty()) serve_files(config, files);
  use_scanners(config, arguments.all("scanner"));
  if (const auto data = arguments.find("data")) config.data = *data;
  if (const auto duration = resolve_duration(invocation, "scan-duration")) config.scan_duration = *duration;
  return config;
}

Secret resolve_token(const Invocation& invocation) {
  const auto given = invocation.arguments.find("token");
  if (!given) return sandbox::make_token(invocation.system);
  const bool clean = std::ranges::all_of(*given, [](char c) { return c > ' ' && c < '\x7f'; });
  if (given->empty() || !clean) {
    throw Error(ErrorKind::usage, "--token: a token is one word of visible ASCII characters");
  }
  return Secret(*given);
}

/// 0: any that is free.
std::uint16_t resolve_port(const Invocation& invocation) {
  const auto text = invocation.arguments.find("port");
  const auto number = parse_decimal(text.value_or("0"));
  if (number && *number >= 0 && *number <= 65535) return static_cast<std::uint16_t>(*number);
  throw Error(ErrorKind::usage, "--port: '" + printable(*text, 60) + "' is not a number from 0 to 65535",
              "0 takes any that is free");
}

void wait_for_stop(const sys::System& system) {
  while (system.sleep_until(system.steady() + std::chrono::hours(1), system.stop)) {
  }
}

int run(const Invocation& invocation) {
  const auto number = resolve_port(invocation);
  const auto token = resolve_token(invocation);
  const LocalSandbox sandbox(resolve_config(invocation), token, number,
                             invocation.system);
  auto& out = invocation.streams.out;
  out.line("listening on " + log_line(sandbox.url()));
  out.line("token " + log_line(token.reveal()));  // of the sandbox itself: whoever starts it is to use it
  out.flush();
  wait_for_stop(invocation.system);
  const int signal = invocation.system.signal();
  return signal > 0 ? 128 + signal : 0;
}

}  // namespace

Command command_sandbox() {
  return {
      .name = "sandbox",
      .summary = "serve the whole public API on loopback, fed by real scanners or saved results",
      .description =
          "Serves the API on 127.0.0.1 until a signal. The first line on standard output is the address, the "
          "second "
          "the token. Without options: one repository, the current directory, scanned by the scanners on the "
          "PATH; a "
          "scan type without a scanner fails and says what to install.",
      .options = options_of(
          {{{.names = "--config",
             .value = "FILE",
             .help = "YAML: repositories, feeds, durations, quotas, faults"},
            {.names = "--path",
             .value = "DIR",
             .help = "the directory that is scanned, default the current one"},
            {.names = "--findings",
             .value = "FILE",
             .help = "serve these saved results instead of scanning",
             .repeatable = true},
            {.names = "--scanner",
             .value = "TYPE=COMMAND",
             .help = "the scanner of a scan type: prints SARIF or Semgrep JSON",
             .repeatable = true},
            {.names = "--port", .value = "N", .help = "default: a free one"},
            {.names = "--token", .value = "TOKEN", .help = "the token to ask for, default a new one"},
            {.names = "--data",
             .value = "DIR",
             .help = "keep repositories, scans, findings and fixes here, default: nothing is kept"},
            {.names = "--scan-duration", .value = "DURATION", .help = "a scan takes at least this long"}},
           output_options()}),
      .examples = {{"sandbox", "serve this directory"},
                   {"sandbox --scanner 'semgrep=flawfinder --sarif .' --port 8080",
                    "with a scanner of your choice"},
                   {"sandbox --findings semgrep.sarif --scan-duration 5s", "serve saved results"}},
      .run = run,
  };
}

}  // namespace kolega::cli
