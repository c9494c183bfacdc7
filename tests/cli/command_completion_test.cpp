#include <doctest/doctest.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "report/formats.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"
#include "sys/process.hpp"

using namespace kolega;

namespace {

/// What bash offers for the words, the last of which is being typed.
std::string offered(const std::string& script, const std::vector<std::string>& words) {
  std::string line = "source '" + script + "'; COMP_WORDS=(kolega-gate";
  for (const auto& word : words) line += " '" + word + "'";
  line += "); COMP_CWORD=" + std::to_string(words.size()) + "; _kolega_gate; echo \"${COMPREPLY[*]}\"";
  const auto result = sys::run_process({"bash", "-c", line});
  CHECK(result.err.empty());
  return std::string(trim(result.out));
}

}  // namespace

TEST_CASE("bash completes commands, options and the words that options take") {
  const test::TempDir dir;
  const auto script = dir.write("completion", test::cli({"completion", "bash"}).out);
  CHECK(offered(script, {"ev"}) == "evaluate");
  CHECK(offered(script, {""}) ==
        "--help --version run evaluate baseline replay explain verify what-if policy doctor me quota repos "
        "scans "
        "findings fixes fleet sandbox completion");
  CHECK(offered(script, {"scans", "pr"}) == "progress");
  CHECK(offered(script, {"scans", "progress", "--wa"}) == "--watch");
  CHECK(offered(script, {"run", "--time"}) == "--timeout");
  CHECK(offered(script, {"run", "--mode", ""}) == "block warn observe");
  CHECK(offered(script, {"run", "-o", "sa"}) == "sarif");
  CHECK(offered(script, {"completion", "z"}) == "zsh");
  CHECK(offered(script, {"run", "--policy", dir.path() / "compl"}) == script);
  CHECK(offered(script, {"nonsense", "x"}).empty());
}

TEST_CASE("every shell's script knows every command and every option") {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    INFO(shell);
    const auto result = test::cli({"completion", shell});
    CHECK(result.code == 0);
    for (const auto& command : cli::commands()) {
      for (const auto word : split(command.name, ' ')) CHECK(result.out.find(word) != std::string::npos);
      for (const auto& option : command.options)
        CHECK(result.out.find(cli::long_name(option)) != std::string::npos);
    }
    for (const auto name : report::format_names()) CHECK(result.out.find(name) != std::string::npos);
  }
}

TEST_CASE("the scripts are well formed where their shell is here") {
  const test::TempDir dir;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const auto script = dir.write(shell, test::cli({"completion", shell}).out);
    if (!sys::find_program(shell, "/usr/bin:/bin:/usr/local/bin")) {
      MESSAGE("skipped: there is no ", shell);
      continue;
    }
    const auto result = sys::run_process({shell, "-n", script});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
  }
}
