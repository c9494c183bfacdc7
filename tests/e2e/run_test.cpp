// `run` from the outside: each exit code, each end that must never be green.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "e2e/harness.hpp"

using kolega::test::SandboxProcess;
using kolega::test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Every end without a pass says what to do, and leaves reports that do not look green.
void check_not_green(World& world, const std::string& feed, int code, const std::string& phrase,
                     const std::string& top = {}) {
  INFO(feed, " ", top);
  world.write("report.json", "stale green report: \"outcome\": \"pass\"");
  const auto result = world.run_feed(
      feed,
      {"--timeout", "3s", "-o", "json=report.json", "-o", "sarif=report.sarif", "-o", "junit=report.xml"},
      top);
  INFO(result.err);
  CHECK(result.exit_code == code);
  CHECK(contains(result.err, phrase));
  CHECK((contains(result.err, "next: ") || contains(result.err, "hint: ")));
  CHECK(contains(world.read("report.json"), "\"outcome\": \"incomplete\""));
  CHECK_FALSE(contains(world.read("report.json"), "stale"));
  CHECK(contains(world.read("report.sarif"), "\"executionSuccessful\": false"));
  CHECK(contains(world.read("report.xml"), "<error"));
}

}  // namespace

TEST_CASE("0: the policy is met") {
  World world;
  const auto result = world.run_feed("files: [good.sarif]", {"-o", "json=report.json"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "PASS"));
  CHECK(contains(result.err, "SANDBOX"));
  CHECK(contains(world.read("report.json"), "\"outcome\": \"pass\""));
}

// It could make OpenSSL load foreign code or weaken what it checks. A FIFO that nobody writes to is never opened.
TEST_CASE("OpenSSL's configuration file has no say: it is not read") {
  World world;
  const auto trap = world.file("openssl.cnf");
  REQUIRE(::mkfifo(trap.c_str(), 0600) == 0);
  world.set("OPENSSL_CONF", trap);
  CHECK(world.run_feed("files: [good.sarif]", {"-o", "json=report.json"}).exit_code == 0);
  CHECK(world.run({"replay", "report.json"}).exit_code == 0);
  CHECK(world.run({"evaluate", "--policy", "policy.yaml", "bad.sarif"}).exit_code == 1);
  CHECK(world.run({"policy", "show", "--policy", "policy.yaml"}).exit_code == 0);
}

TEST_CASE("1: a blocking rule is broken, unless the mode is capped") {
  World world;
  const auto result = world.run_feed("files: [bad.sarif]");
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(contains(result.err, "FAIL"));
  CHECK(contains(result.err, "next: "));
  CHECK(world.run_feed("files: [bad.sarif]", {"--mode", "warn"}).exit_code == 0);
}

TEST_CASE("2: used wrongly, before anything is started") {
  World world;
  CHECK(world.run_feed("files: [good.sarif]", {"--polcy"}).exit_code == 2);
  world.write("policy.yaml", "gate: v1\nruls: []\n");
  CHECK(world.run_feed("files: [good.sarif]").exit_code == 2);
}

TEST_CASE("3: the quota is exhausted") {
  World world;
  check_not_green(world, "files: [good.sarif]", 3, "quota", "quotas: {sast_scans: 0}\n");
}

TEST_CASE("4: not authenticated, or a repository unknown to this key") {
  World world;
  check_not_green(world, "files: [good.sarif]", 4, "401", "faults: [{route: '*', status: 401}]\n");
  const auto unknown = world.run_feed("files: [good.sarif]", {"--repository", "acme/other"});
  CHECK(unknown.exit_code == 4);
  CHECK(contains(unknown.err, "acme/other"));
  const auto none = world.run({"run", "--policy", "policy.yaml"});
  CHECK(none.exit_code == 4);
  CHECK(contains(none.err, "KOLEGA_TOKEN"));
}

TEST_CASE("5: an answer that breaks the contract, and a server that is not there") {
  World world;
  check_not_green(world, "files: [good.sarif]", 5, "",
                  "faults: [{route: 'GET /api/v1/repositories', status: 200, body: '<html>'}]\n");
  check_not_green(
      world, "files: [good.sarif]", 5, "",
      "faults: [{route: 'GET /api/v1/repositories/{repository_id}/scans/{scan_id}/results', status: 501}]\n");
}

TEST_CASE("6: failed, partial or not whole") {
  World world;
  check_not_green(world, "commands: ['false']", 6, "failed");
  check_not_green(world, "files: [good.sarif], final_status: partial_failure", 6, "partial_failure");
  check_not_green(world, "files: [good.sarif], total_repositories: 2, scans_failed: 1", 6,
                  "only 1 of 2 scans");
  check_not_green(world, "files: [good.sarif], total_repositories: 0", 6, "no repository");
  check_not_green(world, "files: [good.sarif], claimed_findings: 5", 6, "announce 5 findings");
  check_not_green(world, "files: [good.sarif], claimed_findings: 0", 6, "announce 0 findings");
  check_not_green(world, "files: [good.sarif], results_status: scanning", 6, "scanning");
  check_not_green(world, "files: [good.sarif], final_status: cancelled", 6, "cancelled");
}

TEST_CASE("7: still running when the timeout ends; a sandbox has ended then, and is not to be attached to") {
  World world;
  check_not_green(world, "files: [good.sarif], never_ends: true", 7, "ended with the sandbox");
  check_not_green(world, "files: [good.sarif], final_status: frobnicated", 7, "ended with the sandbox");
  const auto result = world.run_feed("files: [good.sarif], never_ends: true");
  INFO(result.err);
  CHECK_FALSE(contains(result.err, "--scan-id"));
  CHECK_FALSE(contains(result.err, "scans progress"));
}

TEST_CASE("7: of a scan that goes on, with the command that attaches") {
  World world;
  world.configure("files: [good.sarif], never_ends: true");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  sandbox.serve(world);
  const auto result = world.run({"run", "--policy", "policy.yaml", "--repository", "demo", "--timeout", "2s"});
  INFO(result.err);
  CHECK(result.exit_code == 7);
  CHECK(contains(result.err, "the timeout of 2s ended"));
  // As it stands there, with nothing of the hint left out: it goes on waiting, judged by this policy.
  const auto at = result.err.rfind("kolega-gate run --repository demo --scan-id ");
  REQUIRE(at != std::string::npos);
  const auto command = result.err.substr(at, result.err.find_first_of(";\n", at) - at);
  CHECK(contains(command, " --policy policy.yaml"));
  const auto pasted = world.run_in_shell("gate=$1; shift; set -- $*; shift; exec \"$gate\" \"$@\" --timeout 1s", {command});
  INFO(pasted.err);
  CHECK(pasted.exit_code == 7);
}

TEST_CASE("on_incomplete softens what it names and nothing else") {
  World world;
  world.write(
      "policy.yaml",
      "gate: v1\nname: soft\nscan: {types: [semgrep_scan], timeout: 3s}\n"
      "on_incomplete: {quota: warn, api: warn, timeout: warn, partial: warn, failed: warn, context: warn}\n"
      "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n");
  CHECK(world.run_feed("files: [good.sarif]", {}, "quotas: {sast_scans: 0}\n").exit_code == 0);
  CHECK(world.run_feed("files: [good.sarif], total_repositories: 2, scans_failed: 1").exit_code == 0);
  CHECK(world.run_feed("files: [bad.sarif], total_repositories: 2, scans_failed: 1").exit_code == 1);
  CHECK(world.run_feed("files: [good.sarif]", {}, "faults: [{route: '*', status: 401}]\n").exit_code == 4);
}

TEST_CASE("an interrupted run ends with 143 and says how to go on") {
  World world;
  world.configure("files: [good.sarif], never_ends: true");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  sandbox.serve(world);
  const auto result = world.run_in_shell(
      "exec timeout --preserve-status -s TERM 2 \"$@\"",
      {"run", "--repository", "demo", "--policy", "policy.yaml", "-o", "json=report.json"});
  INFO(result.err);
  CHECK(result.exit_code == 143);
  CHECK(contains(result.err, "kolega-gate run --repository demo --scan-id "));
  CHECK(contains(result.err, " --policy policy.yaml --output json=report.json"));
  CHECK_FALSE(contains(result.err, "--timeout"));
  CHECK(contains(world.read("report.json"), "\"outcome\": \"incomplete\""));
}

TEST_CASE("attaching judges a batch that somebody else started, and starts nothing") {
  World world;
  world.configure("files: [good.sarif]");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  sandbox.serve(world);
  const auto started =
      world.run({"scans", "start", "--repository", "demo", "--scan-type", "semgrep", "--json"});
  INFO(started.err);
  REQUIRE(started.exit_code == 0);
  const auto at = started.out.find("\"batch_id\": \"");
  REQUIRE(at != std::string::npos);
  const auto id = started.out.substr(at + 13, started.out.find('"', at + 13) - at - 13);
  const auto judged = world.run({"run", "--policy", "policy.yaml", "--repository", "demo", "--scan-id", id});
  INFO(judged.err);
  CHECK(judged.exit_code == 0);
  const auto listed = world.run({"scans", "list", "--repository", "demo"});
  INFO(listed.out, listed.err);
  CHECK(contains(listed.out, id));
  CHECK(std::count(listed.out.begin(), listed.out.end(), '\n') == 2);
}
