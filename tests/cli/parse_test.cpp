#include "cli/parse.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/cli_run.hpp"

using namespace kolega;
using test::words_of;

TEST_CASE("wrong words: exit code 2, what is wrong and what to do") {
  struct Row {
    std::string line;
    std::string error;
  };
  const std::vector<Row> rows{
      {"",
       "no command given\nhint: use run, evaluate, baseline, replay, explain, verify, what-if, policy, "
       "doctor, me, quota, repos, scans, findings, fixes, fleet, sandbox or completion"},
      {"rn", "unknown command 'rn'\nhint: did you mean 'run'?"},
      {"RUN", "unknown command 'RUN'\nhint: did you mean 'run'?"},
      {"fleet mrge", "unexpected argument 'mrge'\nhint: see kolega-gate fleet --help"},
      {"fleet merge", "fleet merge needs DIR\nhint: see kolega-gate fleet merge --help"},
      {"--polcy run", "unknown option '--polcy'\nhint: did you mean 'policy'?"},
      {"scans", "'scans' needs another word\nhint: use list, start, get, progress or results"},
      {"scans lst", "unknown command 'scans lst'\nhint: did you mean 'list'?"},
      {"policy judge", "unknown command 'policy judge'\nhint: use init, check, show, schema, test or import"},
      {"run --polcy x", "unknown option '--polcy'\nhint: did you mean '--policy'?"},
      {"run --polcy=x", "unknown option '--polcy'\nhint: did you mean '--policy'?"},
      {"run --nonsense x", "unknown option '--nonsense'\nhint: see kolega-gate run --help"},
      {"run -x", "unknown option '-x'\nhint: see kolega-gate run --help"},
      {"run extra", "unexpected argument 'extra'\nhint: see kolega-gate run --help"},
      {"run -- --policy", "unexpected argument '--policy'\nhint: see kolega-gate run --help"},
      {"run --policy", "--policy needs a value\nhint: see kolega-gate run --help"},
      {"run --policy a --policy b", "--policy is given more than once\nhint: see kolega-gate run --help"},
      {"run --quiet=3", "--quiet takes no value\nhint: see kolega-gate run --help"},
      {"run --quiet=false", "--quiet takes no value\nhint: see kolega-gate run --help"},
      {"run --sandbox=a --sandbox=b", "--sandbox is given more than once\nhint: see kolega-gate run --help"},
      {"run --token kcp_live_0", "unknown option '--token'\nhint: did you mean '--token-file'?"},
      {"run -q -v", "--quiet and --verbose contradict each other\nhint: give one of them"},
      {"run --color sometimes", "--color: unknown word 'sometimes'\nhint: use auto, always or never"},
      {"run --log-format jsn", "--log-format: unknown word 'jsn'\nhint: did you mean 'json'?"},
      {"run -o jsn", "--output: unknown format 'jsn'\nhint: did you mean 'json'?"},
      {"run -o json=", "--output json=: the path is empty\nhint: write json=FILE, or only json"},
      {"run -o json -o sarif=-",
       "--output sarif=-: another report already goes to standard output\n"
       "hint: give all but one a path: sarif=FILE"},
      {"run --mode blok", "--mode: unknown mode 'blok'\nhint: did you mean 'block'?"},
      {"run --mode=", "--mode needs a value\nhint: see kolega-gate run --help"},
      {"run --timeout 5x", "--timeout: '5x' is no duration\nhint: for example 90s, 30m or 2h"},
      {"run --timeout 0s", "--timeout: must be more than 0\nhint: for example 90s, 30m or 2h"},
      {"run --scan-type secret", "--scan-type: unknown scan type 'secret'\nhint: did you mean 'secrets'?"},
      {"run --scan-id=", "--scan-id needs a value\nhint: see kolega-gate run --help"},
      {"run --sarif-profile gitlab",
       "--sarif-profile: unknown profile 'gitlab'\nhint: did you mean 'github'?"},
      {"evaluate", "evaluate needs FILE\nhint: see kolega-gate evaluate --help"},
      {"evaluate - -", "standard input can be read only once\nhint: name - once"},
      {"evaluate a --at noon", "--at: 'noon' is no instant\nhint: for example 2027-01-31T12:00:00Z"},
      {"scans get", "scans get needs BATCH\nhint: see kolega-gate scans get --help"},
      {"scans get a b", "unexpected argument 'b'\nhint: see kolega-gate scans get --help"},
      {"scans start", "scans start needs --scan-type\nhint: see kolega-gate scans start --help"},
      {"scans list --limit 0", "--limit: '0' is not a number from 1 to 1000000"},
      {"scans list --limit 5 --all", "--limit and --all contradict each other\nhint: give one of them"},
      {"completion ksh", "unknown shell 'ksh'\nhint: use bash, zsh or fish"},
      {"sandbox --port 70000", "--port: '70000' is not a number from 0 to 65535\nhint: 0 takes any that is free"},
      {"policy show builtin:strct", "there is no built-in policy 'strct'\nhint: did you mean 'strict'?"},
  };
  for (const auto& [line, error] : rows) {
    INFO(line);
    const auto result = test::cli(words_of(line));
    CHECK(result.err == "error: " + error + "\n");
    CHECK(result.code == 2);
    CHECK(result.out.empty());
  }
}

TEST_CASE("hostile words are shown escaped and cut") {
  const auto result = test::cli({"\x1b[2Jrun\n::error::x" + std::string(500, 'x')});
  CHECK(result.code == 2);
  CHECK(result.err.find('\x1b') == std::string::npos);
  CHECK(result.err.size() < 300);
}

TEST_CASE("what was typed arrives as it was typed") {
  const auto parsed = cli::parse({"run", "-o", "json=-", "-osarif=a b", "--output=junit=x=y", "-qv",
                                  "--sandbox", "--scan-type", "secrets", "--scan-type=semgrep"});
  REQUIRE(parsed.command);
  CHECK(parsed.command->name == "run");
  CHECK(parsed.arguments.all("output") == std::vector<std::string>{"json=-", "sarif=a b", "junit=x=y"});
  CHECK(parsed.arguments.all("scan-type") == std::vector<std::string>{"secrets", "semgrep"});
  CHECK(parsed.arguments.has("quiet"));
  CHECK(parsed.arguments.has("verbose"));
  CHECK(parsed.arguments.find("sandbox") == "");
  CHECK(parsed.arguments.find("policy") == std::nullopt);
  CHECK(cli::parse({"run", "--sandbox=a.yaml"}).arguments.find("sandbox") == "a.yaml");

  const auto evaluate = cli::parse({"evaluate", "a", "-o", "json", "b", "-", "--", "-c"});
  CHECK(evaluate.arguments.positionals() == std::vector<std::string>{"a", "b", "-", "-c"});
  CHECK(evaluate.arguments.all("output") == std::vector<std::string>{"json"});
  CHECK(cli::parse({"scans", "get", "id"}).command->name == "scans get");
}

TEST_CASE("help and version are asked for anywhere before --") {
  CHECK(cli::parse({"--version"}).kind == cli::Parsed::Kind::version);
  CHECK(cli::parse({"--help"}).kind == cli::Parsed::Kind::help);
  CHECK(cli::parse({"scans", "--help"}).group == "scans");
  CHECK(cli::parse({"run", "--polcy", "--help"}).command->name == "run");
  CHECK(cli::parse({"evaluate", "--", "--help"}).kind == cli::Parsed::Kind::command);
}

TEST_CASE("help before a command is its help, as --help behind it") {
  for (const auto* word : {"help", "--help", "-h"}) {
    CAPTURE(word);
    CHECK(cli::parse({word, "run"}).command == cli::parse({"run", "--help"}).command);
    CHECK(cli::parse({word, "fleet", "merge"}).command == cli::parse({"fleet", "merge", "--help"}).command);
    CHECK(cli::parse({word, "scans"}).group == "scans");
    CHECK(cli::parse({word, "explain", "--", "x"}).kind == cli::Parsed::Kind::help);
    for (const auto& general : std::vector<std::vector<std::string>>{{word}, {word, "help"}, {word, "--help"}, {word, "-v"}}) {
      CHECK(cli::parse(general).kind == cli::Parsed::Kind::help);
      CHECK(cli::parse(general).command == nullptr);
    }
    CHECK_THROWS_AS(cli::parse({word, "bogus"}), Error);
  }
}
