#include "cli/help.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/parse.hpp"
#include "support/cli_run.hpp"

using namespace kolega;

namespace {

/// Words as a shell makes them, as far as the examples need it: single quotes, comments and redirections left
/// out.
std::vector<std::string> shell_words(std::string_view line) {
  line = line.substr(0, std::min(line.find(" >"), line.find(" |")));
  std::vector<std::string> words{""};
  char quote = 0;
  for (const char c : line) {
    if (quote == 0 ? c == '\'' || c == '"' : c == quote) {
      quote = quote == 0 ? c : '\0';
    } else if (c == ' ' && quote == 0) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

}  // namespace

TEST_CASE("the help of every command names every option, its variable and its value") {
  for (const auto& command : cli::commands()) {
    INFO(command.name);
    const auto words = test::words_of(std::string(command.name) + " --help");
    const auto result = test::cli(words);
    CHECK(result.code == 0);
    CHECK(result.err.empty());
    CHECK(result.out == cli::render_help(command));
    for (const auto& option : command.options) {
      INFO(option.names);
      for (const auto name : split(option.names, ',')) CHECK(result.out.find(name) != std::string::npos);
      CHECK(result.out.find(option.value) != std::string::npos);
      CHECK(result.out.find(option.environment) != std::string::npos);
      CHECK_FALSE(option.help.empty());
    }
    for (const auto line : split(result.out, '\n')) CHECK(line.size() <= 100);
  }
}

TEST_CASE("every command has examples, and each of them parses") {
  for (const auto& command : cli::commands()) {
    INFO(command.name);
    CHECK_FALSE(command.examples.empty());
    for (const auto& example : command.examples) {
      INFO(example.line);
      const auto parsed = cli::parse(shell_words(example.line));
      REQUIRE(parsed.command);
      CHECK(parsed.command->name == command.name);
    }
  }
}

TEST_CASE("no option is declared twice in one command, and each has a long name") {
  for (const auto& command : cli::commands()) {
    std::vector<std::string_view> seen;
    for (const auto& option : command.options) {
      INFO(command.name, " ", option.names);
      CHECK(option.names.find("--") != std::string_view::npos);
      for (const auto name : split(option.names, ',')) {
        CHECK(std::find(seen.begin(), seen.end(), name) == seen.end());
        seen.push_back(name);
      }
    }
  }
}

TEST_CASE("the program's help lists every command; the version is one line") {
  const auto help = test::cli({"--help"});
  CHECK(help.code == 0);
  for (const auto& command : cli::commands()) CHECK(help.out.find(command.name) != std::string::npos);
  CHECK(test::cli({"help"}).out == help.out);
  const auto scans = test::cli({"scans", "--help"}).out;
  CHECK(scans.find("scans progress") != std::string::npos);
  CHECK(scans.find("repos list") == std::string::npos);
  CHECK(test::cli({"--version"}).out == "kolega-gate " + std::string(version()) + "\n");
}
