// The sandbox as a process, and the API commands against it.
#include <doctest/doctest.h>

#include "e2e/harness.hpp"

using kolega::test::SandboxProcess;
using kolega::test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the sandbox says where it is and with which token, and ends by a signal") {
  World world;
  world.configure("files: [good.sarif]");
  SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  CHECK(sandbox.first_line.starts_with("listening on http://127.0.0.1:"));
  CHECK(sandbox.second_line.starts_with("token kcp_test_"));
  CHECK(sandbox.end(SIGTERM) == 143);
}

TEST_CASE("saved results are served as the scan that they are of") {
  World world;
  const SandboxProcess sandbox(world, {"--findings", "bad.sarif", "--scan-duration", "50ms"});
  sandbox.serve(world);
  const auto result = world.run({"run", "--policy", "policy.yaml", "--repository", "default"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
}

TEST_CASE("the API commands: tables for people, the API's own document with --json") {
  World world;
  world.configure("files: [good.sarif]");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  sandbox.serve(world);
  const auto out_of = [&](const std::vector<std::string>& words, int code = 0) {
    const auto result = world.run(words);
    INFO(words.front(), " ", result.err);
    CHECK(result.exit_code == code);
    return result.out;
  };
  CHECK(contains(out_of({"me"}), "organization"));
  CHECK(out_of({"me", "--json"}).starts_with("{"));
  CHECK(contains(out_of({"quota"}), "sast_scans"));
  CHECK(contains(out_of({"repos", "list"}), "acme/demo"));
  CHECK(contains(out_of({"repos", "list", "--json"}), "\"acme/demo\""));
  CHECK(contains(out_of({"repos", "get", "acme/demo"}), "demo"));
  out_of({"repos", "get", "acme/none"}, 4);
  const auto waited = out_of({"scans", "start", "--repository", "demo", "--scan-type", "semgrep", "--wait"});
  CHECK(contains(waited, "completed"));
  const auto at = waited.find_first_not_of(' ', 5);
  const auto id = waited.substr(at, waited.find('\n') - at);
  CHECK(contains(out_of({"scans", "get", id, "--repository", "demo"}), id));
  CHECK(contains(out_of({"scans", "progress", id, "--repository", "demo"}), "100"));
  CHECK(contains(out_of({"scans", "progress", id, "--watch", "--repository", "demo"}), "completed"));
  CHECK(contains(out_of({"scans", "results", id, "--repository", "demo"}), "src/a.c"));
  out_of({"scans", "get", "0", "--repository", "demo"}, 4);
  const auto listed = out_of({"findings", "list", "--scan-id", id, "--repository", "demo", "--all"});
  CHECK(contains(listed, "src/a.c"));
  const auto row = listed.substr(listed.find('\n') + 1);
  const auto finding = row.substr(0, row.find(' '));
  CHECK(contains(out_of({"findings", "get", finding, "--repository", "demo"}), finding));
  CHECK(out_of({"findings", "list", "--severity", "critical", "--repository", "demo", "--json"}) == "[]\n");
  out_of({"findings", "list", "--severity", "severe", "--repository", "demo"}, 2);

  world.write("results.json", out_of({"scans", "results", id, "--repository", "demo", "--json"}));
  const auto judged = world.run({"evaluate", "results.json", "--policy", "policy.yaml"});
  INFO(judged.err);
  CHECK(judged.exit_code != 1);
}

TEST_CASE("waiting for a batch that fails is not 0") {
  World world;
  world.configure("commands: ['false']");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  sandbox.serve(world);
  CHECK(world.run({"scans", "start", "--repository", "demo", "--scan-type", "semgrep", "--wait"}).exit_code ==
        6);
}
