// Where the token comes from. Every wrong one ends before a connection is tried, so no server is needed.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "cli/options.hpp"
#include "cli/parse.hpp"
#include "cli/printer.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;

namespace {

cli::Connection connect(const std::vector<std::string>& words,
                        std::map<std::string, std::string> environment) {
  const test::FakeSystem fake;
  auto system = fake.system();
  system.environment = sys::Environment(std::move(environment));
  std::ostringstream out;
  std::istringstream in;
  const sys::Streams streams{out, out, in};
  auto all = words;
  all.insert(all.begin(), "me");
  const auto parsed = cli::parse(all);
  cli::Printer printer(streams, system, parsed.arguments);
  return cli::resolve_connection({streams, system, parsed.arguments, printer});
}

std::string failure_of(const std::vector<std::string>& words,
                       const std::map<std::string, std::string>& environment) {
  try {
    connect(words, environment);
  } catch (const Error& error) {
    CHECK(render(error).find("s3cret") == std::string::npos);
    return error.message();
  }
  return "none";
}

}  // namespace

TEST_CASE("flag, then variables, then the stored login") {
  const TempDir dir;
  const auto flag = dir.write("flag", "  from-flag\n");
  const auto variable = dir.write("variable", "from-file\r\n");
  dir.write("kolega/config.json",
            R"({"token": "from-login", "baseUrl": "https://eu.kolega.example", "more": 1})");
  std::map<std::string, std::string> environment{{"XDG_CONFIG_HOME", dir.path()}};
  CHECK(connect({}, environment).token.reveal() == "from-login");
  CHECK(connect({}, environment).api_url == "https://eu.kolega.example");
  environment["KOLEGA_TOKEN_FILE"] = variable;
  CHECK(connect({}, environment).token.reveal() == "from-file");
  environment["KOLEGA_TOKEN"] = " from-variable ";
  CHECK(connect({}, environment).token.reveal() == "from-variable");
  CHECK(connect({"--token-file", flag}, environment).token.reveal() == "from-flag");
}

TEST_CASE("the address of a login is never used with a token from elsewhere") {
  const TempDir dir;
  dir.write(".config/kolega/config.json", R"({"token": "from-login", "baseUrl": "https://evil.example"})");
  std::map<std::string, std::string> environment{{"HOME", dir.path()}};
  CHECK(connect({}, environment).api_url == "https://evil.example");
  environment["KOLEGA_TOKEN"] = "mine";
  CHECK(connect({}, environment).api_url == "https://api.kolega.dev");
  environment["KOLEGA_API_URL"] = "https://one.example";
  CHECK(connect({}, environment).api_url == "https://one.example");
  CHECK(connect({"--api-url", "https://two.example"}, environment).api_url == "https://two.example");
}

TEST_CASE("tokens that no header can hold are refused, without being shown") {
  const TempDir dir;
  for (const auto* bad : {"s3cret\nX: y", "s3cret\x01", "s3cret more", "s3cret\xc3\xa9", "s3cret\x7f"}) {
    INFO(bad);
    CHECK(failure_of({}, {{"KOLEGA_TOKEN", bad}}) ==
          "KOLEGA_TOKEN: the token holds blanks, control or other characters no token has");
    CHECK(failure_of({"--token-file", dir.write("token", bad)}, {}) ==
          "--token-file: the token holds blanks, control or other characters no token has");
  }
  CHECK(failure_of({}, {{"KOLEGA_TOKEN", " \n"}}) == "KOLEGA_TOKEN: the token is empty");
  CHECK(failure_of({"--token-file", "/nonexistent"}, {}) ==
        "cannot read /nonexistent: No such file or directory");
  CHECK(failure_of({"--token-file", "/dev/zero"}, {}) == "cannot read /dev/zero: not a regular file");
}

TEST_CASE("no token anywhere is exit 4; an empty variable is none") {
  const auto result = test::cli({"me"}, {.environment = {{"KOLEGA_TOKEN", ""}}});
  CHECK(result.code == 4);
  CHECK(result.err ==
        "error: not authenticated: there is no API token\n"
        "hint: set KOLEGA_TOKEN, or use --token-file; in a pipeline of a fork, secrets are not handed out\n");
}

TEST_CASE("a broken login is said, and one without a token is none") {
  const TempDir dir;
  dir.write("kolega/config.json", "{\"token\": 1}");
  CHECK(failure_of({}, {{"XDG_CONFIG_HOME", dir.path()}}).find("/token: not a string") != std::string::npos);
  dir.write("kolega/config.json", "{}");
  CHECK(failure_of({}, {{"XDG_CONFIG_HOME", dir.path()}}) == "not authenticated: there is no API token");
}
