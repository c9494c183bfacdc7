#include "sandbox/commands.hpp"

#include "base/text.hpp"
#include "sandbox/scanners.hpp"

namespace kolega::sandbox {

namespace {

/// A scanner that needs a token of its own finds it under another name; ours opens the real API.
const std::vector<std::string> token_variables{"KOLEGA_TOKEN", "KOLEGA_TOKEN_FILE", "KOLEGA_SIGNING_KEY"};

/// Why the program says that it failed: its last words.
std::string last_words(std::string_view err) {
  const auto text = trim(err);
  const auto line = text.substr(text.find_last_of('\n') + 1);
  return line.empty() ? std::string{} : ": " + printable(line, 200);
}

}  // namespace

sys::ProcessOptions command_options(const std::string& directory, Duration timeout, std::stop_token stop) {
  sys::ProcessOptions options;
  options.directory = directory;
  options.timeout = timeout;
  options.stop = std::move(stop);
  options.without = token_variables;
  return options;
}

std::string program_of(std::string_view command) {
  for (const auto& scanner : known_scanners()) {
    if (scanner.command == command) return std::string(scanner.program);
  }
  const auto line = collapse_white_space(command);
  for (const auto word : split(line, ' ')) {
    if (word.find('=') != std::string_view::npos) continue;  // NAME=value before the program
    return printable(word.substr(word.find_last_of('/') + 1), 60);
  }
  return "the command";
}

std::string describe_end(const sys::ProcessResult& result, Duration timeout) {
  if (result.timed_out) return "did not end within " + format_duration(timeout);
  if (result.exit_code >= 128) return "was killed by signal " + std::to_string(result.exit_code - 128);
  return "exited with " + std::to_string(result.exit_code) + last_words(result.err);
}

}  // namespace kolega::sandbox
