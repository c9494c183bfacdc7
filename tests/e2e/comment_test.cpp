// `evaluate --comment` as in a job: the comment follows the verdict, and never the other way round.
#include <doctest/doctest.h>

#include "e2e/harness.hpp"
#include "support/forge_stand_in.hpp"

using kolega::forge::Forge;
using kolega::test::ForgeStandIn;
using kolega::test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

kolega::sys::ProcessResult evaluate(World& world, const std::string& file, std::vector<std::string> more) {
  std::vector<std::string> words{"evaluate", file, "--policy", "policy.yaml", "--scan-type", "semgrep"};
  words.insert(words.end(), more.begin(), more.end());
  auto result = world.run(std::move(words));
  INFO(result.err);
  CHECK_FALSE(contains(result.out + result.err, "forge-secret"));
  return result;
}

}  // namespace

TEST_CASE("the comment follows the verdict from run to run") {
  for (const auto kind : {Forge::github, Forge::gitlab, Forge::azure}) {
    World world;
    const ForgeStandIn forge(kind);
    for (const auto& [name, value] : forge.environment()) world.set(name, value);
    const auto red = evaluate(world, "bad.sarif", {"--comment"});
    CHECK(red.exit_code == 1);
    CHECK(contains(red.err, "comment written in merge request 7"));
    REQUIRE(forge.comments().size() == 1);
    CHECK(contains(forge.comments()[0].body, "❌"));
    const auto green = evaluate(world, "good.sarif", {"--comment=auto"});
    CHECK(green.exit_code == 0);
    CHECK(contains(green.err, "comment updated in merge request 7"));
    REQUIRE(forge.comments().size() == 1);
    CHECK(contains(forge.comments()[0].body, "✅"));
    const auto other = evaluate(world, "good.sarif", {"--comment", "--comment-name", "second gate"});
    CHECK(other.exit_code == 0);
    CHECK(forge.comments().size() == 2);
  }
}

TEST_CASE("nothing is sent unless it was asked for") {
  World world;
  const ForgeStandIn forge(Forge::github);
  for (const auto& [name, value] : forge.environment()) world.set(name, value);
  CHECK(evaluate(world, "bad.sarif", {}).exit_code == 1);
  CHECK(evaluate(world, "bad.sarif", {"--comment=off"}).exit_code == 1);
  CHECK(forge.requests().empty());
  world.set("KOLEGA_COMMENT", "on");
  CHECK(evaluate(world, "bad.sarif", {"--comment=off"}).exit_code == 1);
  CHECK(forge.requests().empty());
  CHECK(evaluate(world, "bad.sarif", {}).exit_code == 1);
  CHECK(forge.comments().size() == 1);
  CHECK(evaluate(world, "bad.sarif", {"--comment=perhaps"}).exit_code == 2);
}

TEST_CASE("a comment that cannot be written never changes the exit code") {
  for (const auto& [file, code] : {std::pair{"good.sarif", 0}, std::pair{"bad.sarif", 1}}) {
    World world;
    ForgeStandIn forge(Forge::github);
    for (const auto& [name, value] : forge.environment()) world.set(name, value);
    forge.fault = [](const kolega::net::ServerRequest&, int) -> std::optional<kolega::net::ServerResponse> {
      return kolega::net::ServerResponse{.status = 403, .body = R"({"message":"no \u001b[31m::error::x"})"};
    };
    const auto refused = evaluate(world, file, {"--comment", "-o", "json=record.json"});
    CHECK(refused.exit_code == code);
    CHECK(contains(refused.err, "warning: the comment was not written: GitHub: "));
    CHECK_FALSE(contains(refused.err, "\x1b"));
    CHECK(world.has("record.json"));

    world.set("GITHUB_API_URL", "http://127.0.0.1:1");
    CHECK(evaluate(world, file, {"--comment"}).exit_code == code);
    world.set("GITHUB_API_URL", "http://forge.test");
    const auto plain = evaluate(world, file, {"--comment"});
    CHECK(plain.exit_code == code);
    CHECK(contains(plain.err, "http://forge.test is not encrypted"));
    world.set("GITHUB_TOKEN", "");
    const auto without = evaluate(world, file, {"--comment=auto"});
    CHECK(without.exit_code == code);
    CHECK(contains(without.err, "no comment: there is no token"));
    CHECK_FALSE(contains(without.err, "warning: no comment"));
    CHECK(contains(evaluate(world, file, {"--comment"}).err, "warning: no comment: there is no token"));
  }
}

TEST_CASE("the token of the API is not the forge's") {
  World world;
  const ForgeStandIn forge(Forge::gitlab);
  for (const auto& [name, value] : forge.environment()) world.set(name, value);
  world.set("KOLEGA_TOKEN", "kcp_test_private");
  CHECK(evaluate(world, "good.sarif", {"--comment"}).exit_code == 0);
  CHECK_FALSE(forge.requests().empty());
  for (const auto& request : forge.requests()) {
    for (const auto& [name, value] : request.headers) {
      CHECK_FALSE(contains(value, "kcp_test_private"));
      CHECK_FALSE(contains(value, "job-token"));
    }
  }
}
