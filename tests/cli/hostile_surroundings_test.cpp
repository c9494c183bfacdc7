// Hostile text that comes before there is a record: error bodies of the API, variables of a CI, the texts of a merge
// request's policy, names of files. What is said of it is read as the reader of a log reads (support/readers.hpp).
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <set>

#include "base/text.hpp"
#include "cli/api_world.hpp"
#include "support/files.hpp"
#include "support/hostile.hpp"
#include "support/readers.hpp"

using namespace kolega;

namespace {

std::string quoted(const std::string& text) {
  return boost::json::serialize(boost::json::value(boost::json::string(text)));
}

void check_log(const std::string& log, const std::set<std::string>& github = {}, const std::set<std::string>& azure = {}) {
  CHECK(test::find_terminal_harm(log) == "");
  for (const auto line : split(log, '\n')) {
    CAPTURE(std::string(line));
    const auto command = test::read_github_line(line);
    CHECK((!command || github.contains(command->name)));
    const auto logging = test::read_azure_line(line);
    CHECK((!logging || azure.contains(logging->name)));
  }
}

std::vector<std::string> attacks() {
  auto out = test::all_attacks();
  std::erase_if(out, [](const std::string& text) { return text.size() > 5000; });
  return out;
}

const std::vector<std::string> ci_variables{
    "GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_SHA",
    "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_ACTOR", "GITHUB_JOB", "CI_PROJECT_PATH", "CI_COMMIT_REF_NAME",
    "CI_COMMIT_BRANCH", "CI_COMMIT_SHA", "CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_JOB_URL", "CI_JOB_NAME", "GITLAB_USER_LOGIN", "BUILD_REPOSITORY_NAME",
    "BUILD_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME", "BUILD_SOURCEVERSION", "BUILD_BUILDID", "BUILD_REQUESTEDFOR",
    "BUILD_DEFINITIONNAME", "SYSTEM_PULLREQUEST_SOURCEBRANCH", "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID", "SYSTEM_COLLECTIONURI",
    "SYSTEM_TEAMPROJECT", "SYSTEM_TEAMPROJECTID", "SYSTEM_PHASENAME", "SYSTEM_PHASEID", "SYSTEM_DEFINITIONID",
    "SYSTEM_JOBDISPLAYNAME"};

std::string policy_with(const std::string& attack) {
  const auto text = quoted(attack);
  return "gate: v1\nname: " + text + "\nscan: {types: [semgrep_scan]}\nrules:\n  - {id: serious, why: " + text +
         ", when: {severity: '>=high'}, max: 0}\nexclude:\n  - {paths: [" + quoted("x/" + attack) + "], reason: " + text +
         "}\nwaivers:\n  - {id: W-1, match: {path: src/none.c}, owner: " + text + ", reason: " + text + ", ticket: " + text +
         ", expires: 2026-12-01}\n";
}

const std::string sarif =
    R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [{"ruleId": "r1",)"
    R"("level": "error", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation":)"
    R"( {"uri": "src/a.c"}, "region": {"startLine": 3}}}]}]}]})";

}  // namespace

TEST_CASE("an error body of the API forges nothing in the log") {
  test::ApiWorld world;
  std::size_t runs = 0;
  for (const auto& attack : attacks()) {
    const auto shown = printable(attack, 60);
    CAPTURE(shown);
    const auto text = quoted(attack);
    for (const auto& body : {R"({"detail":)" + text + "}", R"({"detail":{"message":)" + text + R"(,"error_code":)" + text + R"(,"quota_type":)" + text + "}}",
                             R"({"error":)" + text + R"(,"message":)" + text + "}", attack}) {
      world.refuse(++runs % 2 == 0 ? 403 : 400, body);
      const auto result = world.run({"me", "-v"});
      CHECK(result.code != 0);
      CHECK(result.out.empty());
      check_log(result.err);
    }
  }
  MESSAGE("answers: ", runs);
}

TEST_CASE("what the API says of itself forges nothing in tables") {
  for (const auto& attack : attacks()) {
    const auto shown = printable(attack, 60);
    CAPTURE(shown);
    test::ApiWorld world;
    const auto text = quoted(attack);
    world.on("GET /api/v1/repositories", R"({"items":[{"id":"r1","name":)" + text + R"(,"full_name":)" + text + R"(,"default_branch":)" + text +
                                             R"(,"status":)" + text + R"(}],"total":1,"limit":50,"skip":0,"has_next":false})");
    const auto result = world.run({"repos", "list"});
    check_log(result.err + result.out);
  }
}

TEST_CASE("variables of a CI and the texts of a policy forge nothing in logs, values and summaries") {
  std::size_t runs = 0;
  for (const auto& attack : attacks()) {
    const auto shown = printable(attack, 60);
    CAPTURE(shown);
    for (const std::string system : {"GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI"}) {
      CAPTURE(system);
      const test::TempDir dir;
      test::CliWorld world;
      if (attack.find('\0') == std::string::npos) {
        for (const auto& name : ci_variables) world.environment[name] = attack;
      }
      world.environment["CI"] = world.environment[system] = "true";
      world.environment["GITHUB_OUTPUT"] = dir.write("output", "");
      world.environment["GITHUB_STEP_SUMMARY"] = dir.write("summary", "");
      const auto result = test::cli({"evaluate", dir.write("a.sarif", sarif), "--scan-type", "semgrep", "--policy",
                                     dir.write("p.yaml", policy_with(attack))},
                                    world);
      CHECK(result.code != 0);
      ++runs;
      if (system == "TF_BUILD") {
        check_log(result.err, {}, {"task.logissue", "task.setvariable", "task.uploadsummary"});
      } else {
        check_log(result.err, system == "GITHUB_ACTIONS" ? std::set<std::string>{"error", "warning", "notice"} : std::set<std::string>{});
      }
      if (system != "GITHUB_ACTIONS") continue;
      std::set<std::string> names;
      for (const auto& [name, value] : test::read_github_file(test::slurp(dir.file("output")))) CHECK(names.insert(name).second);
      CHECK(names.contains("verdict"));
      const auto summary = test::slurp(dir.file("summary"));
      CHECK(summary.find("kolega-gate") != std::string::npos);
      CHECK(test::find_markdown_fault(summary) == "");
    }
  }
  MESSAGE("runs: ", runs, ", variables: ", ci_variables.size());
}

TEST_CASE("words on the command line and names of files forge nothing in the log") {
  for (const auto& attack : attacks()) {
    if (attack.find('\0') != std::string::npos) continue;
    const auto shown = printable(attack, 60);
    CAPTURE(shown);
    for (const auto& words : std::vector<std::vector<std::string>>{{attack},
                                                                   {"run", "--" + attack},
                                                                   {"evaluate", attack},
                                                                   {"evaluate", "x", "--policy", attack},
                                                                   {"evaluate", "x", "-o", attack},
                                                                   {"evaluate", "x", "-o", "json=" + attack + "/y"},
                                                                   {"replay", attack},
                                                                   {"run", "--api-url", attack},
                                                                   {"policy", "check", attack}}) {
      const auto result = test::cli(words);
      if (words.front() != attack || !attack.empty()) CHECK(result.code != 0);
      check_log(result.err);
    }
  }
}
