// Whole commands under captured environments of the CIs: what is written without being asked.
#include "cli/ci_outputs.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::slurp;

namespace {

constexpr const char* policy_text =
    "gate: v1\nname: test\nscan: {types: [semgrep_scan]}\ntriage: {honor: []}\n"
    "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n";

constexpr const char* sarif_text =
    R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [)"
    R"({"ruleId": "r::x\n::error::forged", "level": "error", "message": {"text": "a\n::set-output name=x::y\n##vso[task.complete result=Succeeded;]z"},)"
    R"( "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a,line=9::b.c"}, "region": {"startLine": 3}}}]}]}]})";

struct Rig {
  test::TempDir dir{};
  test::CliWorld world{};
  Rig() {
    world.directory = dir.path();
    dir.write("policy.yaml", policy_text);
    dir.write("in.sarif", sarif_text);
  }
  void in_github() {
    world.environment = {{"GITHUB_ACTIONS", "true"},
                         {"GITHUB_REPOSITORY", "acme/app"},
                         {"GITHUB_OUTPUT", dir.file("output")},
                         {"GITHUB_STEP_SUMMARY", dir.file("summary.md")}};
  }
  void in_azure() { world.environment = {{"TF_BUILD", "True"}, {"AGENT_TEMPDIRECTORY", dir.path()}}; }
  test::CliResult evaluate(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"evaluate", dir.file("in.sarif"), "--policy", dir.file("policy.yaml")};
    words.insert(words.end(), more.begin(), more.end());
    return test::cli(words, world);
  }
};

std::vector<std::string> lines_with(const std::string& text, std::string_view word) {
  std::vector<std::string> out;
  for (const auto line : split(text, '\n')) {
    if (line.find(word) != std::string_view::npos) out.emplace_back(line);
  }
  return out;
}

}  // namespace

TEST_CASE(
    "GitHub gets annotations on standard error, a summary and values; standard output is the report's") {
  Rig rig;
  rig.in_github();
  rig.dir.write("summary.md", "earlier");
  const auto sarif = rig.dir.file("out.sarif");
  const auto result = rig.evaluate({"-o", "sarif=" + sarif, "-o", "junit"});
  CHECK(result.code == 1);
  CHECK(result.out.starts_with("<?xml"));
  CHECK(result.out.find("\n::") == std::string::npos);
  const auto commands = lines_with(result.err, "::error ");
  REQUIRE(commands.size() == 2);
  CHECK(commands[0].starts_with("::error title=kolega-gate%3A FAIL::"));
  CHECK(commands[1].starts_with(
      "::error file=src/a%2Cline=9%3A%3Ab.c,line=3,endLine=3,title=high%3A r%3A%3Ax"));
  CHECK(lines_with(result.err, "\n::set-output").empty());
  CHECK(slurp(rig.dir.file("summary.md")).starts_with("earlier\n## "));
  const auto output = slurp(rig.dir.file("output"));
  CHECK(output.find("verdict<<kolega_gate_88888888888888888888888888888888\nfail\nkolega_gate_8") !=
        std::string::npos);
  CHECK(output.find("exit-code<<kolega_gate_88888888888888888888888888888888\n1\n") != std::string::npos);
  CHECK(output.find("\n" + sarif + "\n") != std::string::npos);
  for (const auto* name :
       {"batch-ids", "total", "critical", "high", "medium", "low", "new", "waived", "junit-file"})
    CHECK(output.find(std::string(name) + "<<") != std::string::npos);
}

TEST_CASE("--ci off, KOLEGA_CI=off, another CI or none: nothing of that") {
  for (int way = 0; way < 4; ++way) {
    Rig rig;
    rig.in_github();
    if (way == 1) rig.world.environment["KOLEGA_CI"] = "off";
    if (way == 2) rig.world.environment.erase("GITHUB_ACTIONS");
    if (way == 3)
      rig.world.environment["GITHUB_ACTIONS"] = "false", rig.world.environment["GITLAB_CI"] = "true";
    const auto result = way == 0 ? rig.evaluate({"--ci", "off"}) : rig.evaluate();
    CHECK(result.code == 1);
    CHECK(lines_with(result.err, "::error file=").empty());
    CHECK(lines_with(result.err, "::error title=").empty());
    CHECK_FALSE(std::filesystem::exists(rig.dir.file("output")));
    CHECK_FALSE(std::filesystem::exists(rig.dir.file("summary.md")));
  }
  Rig rig;
  const auto wrong = rig.evaluate({"--ci", "of"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("did you mean 'off'?") != std::string::npos);
}

TEST_CASE("annotations are written once, and never among JSON lines") {
  Rig rig;
  rig.in_github();
  const auto asked = rig.evaluate({"-o", "github"});
  CHECK(asked.out.starts_with("::error "));
  CHECK(lines_with(asked.err, "::error ").empty());
  const auto json = rig.evaluate({"--log-format", "json"});
  for (const auto line : split(json.err, '\n')) CHECK((line.empty() || line.starts_with('{')));
  CHECK(slurp(rig.dir.file("output")).find("verdict<<") != std::string::npos);
}

TEST_CASE("a summary that cannot be written is a warning, values that cannot be written are exit 2") {
  Rig rig;
  rig.in_github();
  rig.world.environment["GITHUB_STEP_SUMMARY"] = rig.dir.file("none/summary.md");
  const auto warned = rig.evaluate({"--mode", "warn"});
  CHECK(warned.code == 0);
  CHECK(warned.err.find("warning: the step summary was not written: cannot append to ") != std::string::npos);
  rig.dir.write("full.md", std::string(1024 * 1024 - 10, 'x'));
  rig.world.environment["GITHUB_STEP_SUMMARY"] = rig.dir.file("full.md");
  CHECK(rig.evaluate({"--mode", "warn"}).err.find("it would grow over 1048576 bytes") != std::string::npos);
  CHECK(slurp(rig.dir.file("full.md")).size() == 1024 * 1024 - 10);
  rig.world.environment["GITHUB_OUTPUT"] = rig.dir.file("none/output");
  const auto lost = rig.evaluate({"--mode", "warn"});
  CHECK(lost.code == 2);
  CHECK(lost.err.find("cannot append to ") != std::string::npos);
}

TEST_CASE("Azure gets issues, a summary and output variables as logging commands") {
  Rig rig;
  rig.in_azure();
  const auto result = rig.evaluate();
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  const auto commands = lines_with(result.err, "##vso[");
  for (const auto& command : commands) CHECK(command.starts_with("##vso["));
  CHECK(lines_with(result.err, "##vso[task.logissue type=error;").size() == 2);
  CHECK(lines_with(result.err, "##vso[task.complete").empty());
  CHECK(lines_with(result.err, "##vso[task.setvariable variable=verdict;isOutput=true]fail").size() == 1);
  CHECK(lines_with(result.err, "##vso[task.setvariable variable=exit_code;isOutput=true]1").size() == 1);
  const auto upload = lines_with(result.err, "##vso[task.uploadsummary]");
  REQUIRE(upload.size() == 1);
  CHECK(slurp(upload[0].substr(std::string_view("##vso[task.uploadsummary]").size())).starts_with("## "));
  rig.world.environment["AGENT_TEMPDIRECTORY"] = rig.dir.file("none");
  const auto warned = rig.evaluate();
  CHECK(warned.code == 1);
  CHECK(warned.err.find("warning: the summary of the build was not written: ") != std::string::npos);
}
