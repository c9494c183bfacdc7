// What the world around the gate may try: whoever looks for the token, a policy that is no file, hostile text. Not for:
// where reports are written (output_places_test.cpp).
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

#include "e2e/harness.hpp"

using kolega::test::SandboxProcess;
using kolega::test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the token is nowhere in what the gate says or writes") {
  World world;
  world.configure("files: [bad.sarif]");
  const std::string token = "kcp_test_5ec2e75ec2e75ec2e75ec2e75ec2e75e";
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml", "--token", token});
  world.set("KOLEGA_TOKEN", token);
  world.set("KOLEGA_API_URL", sandbox.url());
  const auto check = [&](const std::vector<std::string>& words) {
    const auto result = world.run(words);
    INFO(words.front(), result.err);
    CHECK_FALSE(contains(result.out, "5ec2e7"));
    CHECK_FALSE(contains(result.err, "5ec2e7"));
    return result.exit_code;
  };
  CHECK(check({"run", "-v", "--policy", "policy.yaml", "--repository", "demo", "-o", "json=r.json", "-o",
               "sarif=r.sarif", "-o", "junit=r.xml", "-o", "markdown=r.md", "-o", "table=r.txt"}) == 1);
  for (const auto* name : {"r.json", "r.sarif", "r.xml", "r.md", "r.txt"}) {
    CHECK(world.has(name));
    CHECK_FALSE(contains(world.read(name), "5ec2e7"));
  }
  CHECK(check({"me", "-v"}) == 0);
  CHECK(check({"me", "--json"}) == 0);
  CHECK(check({"quota", "-v", "--log-format", "json"}) == 0);
  world.set("KOLEGA_TOKEN", token + "wrong");
  CHECK(check({"me", "-v"}) == 4);
  CHECK(check({"run", "-v", "--policy", "policy.yaml", "--repository", "demo"}) == 4);
}

TEST_CASE("whoever looks at the process from outside finds no token") {
  World world;
  world.configure("files: [good.sarif]");
  ::setenv("KOLEGA_TOKEN", "kcp_test_5ec2e75ec2e75ec2e75ec2e75ec2e75e", 1);
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  ::unsetenv("KOLEGA_TOKEN");
  const auto environment = kolega::test::slurp("/proc/" + std::to_string(sandbox.id()) + "/environ");
  // Root reads it; for another process of the same user the kernel refuses.
  CHECK((contains(environment, "PATH=") || ::geteuid() != 0));
  CHECK_FALSE(contains(environment, "5ec2e7"));
}

TEST_CASE("no program that the gate starts gets a token") {
  World world;
  world.write("git", "#!/bin/sh\nenv >> \"$SEEN\"\nexec /usr/bin/git \"$@\"\n");
  std::filesystem::permissions(world.file("git"), std::filesystem::perms::owner_all);
  world.set("SEEN", world.file("seen.txt"));
  world.set("PATH", world.path().string() + ":" + std::getenv("PATH"));
  for (const auto* name : {"KOLEGA_TOKEN", "KOLEGA_SIGNING_KEY", "KOLEGA_COMMENT_TOKEN"})
    world.set(name, "kcp_test_5ec2e75ec2e75ec2e75ec2e75ec2e75e");
  CHECK(world.run_in_shell("git init -q . && exec \"$@\"", {"--version"}).exit_code == 0);
  world.write("seen.txt", "");
  const auto result = world.run_feed("commands: ['env >> \"$SEEN\"; cat good.sarif']");
  INFO(result.err);
  CHECK(result.exit_code == 0);
  const auto seen = world.read("seen.txt");
  CHECK(contains(seen, "PATH="));
  CHECK_FALSE(contains(seen, "5ec2e7"));
}

TEST_CASE("a policy that is a FIFO does not hang") {
  World world;
  world.configure("files: [good.sarif]");
  std::filesystem::create_directory(world.file(".kolega"));
  CHECK(world.run_in_shell("mkfifo .kolega/policy.yaml; exec \"$@\"", {"run", "--sandbox=sandbox.yaml"})
            .exit_code == 2);
}

TEST_CASE("hostile text of a scanner forges nothing in the log") {
  World world;
  world.write("hostile.sarif",
              World::sarif("error", "x\\n::error::forged\\n##vso[task.complete]\\u001b[2J\\u202e"));
  const auto result = world.run_feed("files: [hostile.sarif]");
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK_FALSE(contains(result.err, "\n::error"));
  CHECK_FALSE(contains(result.err, "##vso["));
  CHECK_FALSE(contains(result.err, "\x1b"));
  CHECK_FALSE(contains(result.err, "\u202e"));
}

TEST_CASE("JSON logs are JSON on every line") {
  World world;
  const auto result = world.run_feed("files: [bad.sarif]", {"--log-format", "json"});
  CHECK(result.exit_code == 1);
  CHECK_FALSE(result.err.empty());
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.starts_with("{\"time\":"));
    CHECK(line.ends_with("}"));
  }
}
