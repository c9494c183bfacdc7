// me, quota and repos; and each class of refusal for every command that asks the API.
#include <doctest/doctest.h>

#include "api/documents.hpp"
#include "cli/api_world.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;

namespace {

const std::string me_json =
    R"({"organization_id":"o1","organization_name":"Acme","organization_slug":"acme","brand_new":1,)"
    R"("api_key":{"id":"k","name":"ci","key_prefix":"kcp_live_ab","scopes":["scans:read","scans:write"]}})";

/// Every command that asks the API, with words that let it begin.
const std::vector<std::vector<std::string>>& askers() {
  static const std::vector<std::vector<std::string>> all{
      {"me"},
      {"quota"},
      {"repos", "list"},
      {"repos", "get", "r1"},
      {"scans", "list", "--repository", "r1"},
      {"scans", "start", "--scan-type", "sbom", "--repository", "r1"},
      {"scans", "get", "b1", "--repository", "r1"},
      {"scans", "progress", "b1", "--repository", "r1"},
      {"scans", "results", "b1", "--repository", "r1"},
      {"findings", "list", "--repository", "r1"},
      {"findings", "get", "f1", "--repository", "r1"},
      {"findings", "set-status", "f1", "ignored", "--repository", "r1"},
      {"findings", "events"},
      {"findings", "events", "--follow"},
      {"fixes", "list", "--repository", "r1"},
      {"fixes", "run", "f1", "--repository", "r1"},
      {"fixes", "get", "x1", "--repository", "r1"},
      {"fixes", "diff", "x1", "--repository", "r1"},
      {"fixes", "progress", "x1", "--repository", "r1"},
      {"fixes", "refine", "x1", "--instructions", "i", "--repository", "r1"},
      {"fixes", "cancel", "x1", "--repository", "r1"},
      {"fixes", "pr", "x1", "--repository", "r1"}};
  return all;
}

struct Refusal {
  int status{};
  std::string body{};
  int code{};
  std::string says{};
};

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> all{
      {401, R"({"detail":"Invalid API key"})", 4, "KOLEGA_TOKEN"},
      {403, R"({"detail":"API key lacks the scope x:read"})", 4, "x:read"},
      {403, R"({"detail":{"detail":"spent","error_code":"OPERATION_FAILED","quota_type":"prs"}})", 3,
       "'prs'"},
      {404, R"({"detail":"no such thing"})", 4, "no such thing"},
      {409, R"({"detail":"something is running"})", 5, "something is running"},
      {422,
       R"({"detail":[{"loc":["query","limit"],"msg":"too large","type":"t"},)"
       R"({"loc":["body","title"],"msg":"too long","type":"t"}]})",
       5, "query.limit: too large; body.title: too long"},
      {501, "<html><body>bad</body></html>", 5, "501"}};
  return all;
}

}  // namespace

TEST_CASE("me and quota: facts for people, the API's own document") {
  ApiWorld world;
  world.on("GET /api/v1/me", me_json);
  world.on("GET /api/v1/quotas/balance", test::quota_json(5, 0));
  const auto me = world.run({"me"});
  CHECK(me.code == 0);
  CHECK(contains(me.out, "Acme"));
  CHECK(contains(me.out, "scans:read scans:write"));
  CHECK(contains(world.run({"me", "--json"}).out, "\"brand_new\""));
  const auto quota = world.run({"quota"});
  CHECK(quota.code == 0);
  CHECK(contains(quota.out, "deep_ai_scans"));
  CHECK(contains(quota.out, "2026-06-15"));
  CHECK(world.run({"quota", "--json"}).out.starts_with("{"));
}

TEST_CASE("repos list and get: archived ones on demand, the default, unknown ones") {
  ApiWorld world;
  const auto web = test::repository_json("r1", "acme/web");
  world.on("GET /api/v1/repositories", test::whole_page({web}));
  world.on("GET /api/v1/repositories/r1", web);
  const auto list = world.run({"repos", "list", "--archived"});
  CHECK(list.code == 0);
  CHECK(contains(list.out, "acme/web"));
  CHECK(contains(world.requests().back(), "include_archived=true"));
  CHECK(world.run({"repos", "list", "--json", "--limit", "1"}).out.starts_with("["));
  for (const auto* name : {"r1", "acme/web", "default"}) {
    const auto get = world.run({"repos", "get", name});
    INFO(name, get.err);
    CHECK(get.code == 0);
    CHECK(contains(get.out, "acme/web (github, main)"));
  }
  CHECK(world.run({"repos", "get", "r1", "--json"}).out.starts_with("{"));
  CHECK(world.run({"repos", "get", "acme/none"}).code == 4);
  const auto asked = world.requests().size();
  const auto twice = world.run({"repos", "get", "r1", "--repository", "r2"});
  CHECK(twice.code == 2);
  CHECK(contains(twice.err, "'r1' and --repository both say which one is meant"));
  CHECK(world.requests().size() == asked);
  CHECK(world.run({"repos", "list", "--limit", "0"}).code == 2);
}

TEST_CASE("every command: each class of refusal has its exit code and names its reason, nothing on stdout") {
  for (const auto& words : askers()) {
    for (const auto& refusal : refusals()) {
      ApiWorld world;
      world.refuse(refusal.status, refusal.body);
      const auto result = world.run(words);
      INFO(words[0], " ", words.size() > 1 ? words[1] : "", ", ", refusal.status, ": ", result.err);
      CHECK(result.code == refusal.code);
      CHECK(contains(result.err, refusal.says));
      CHECK(result.out.empty());
      CHECK(!contains(result.err, "kcp_test_secret"));
    }
  }
}

TEST_CASE("every command: no token, or none that can be sent, ends it before anything is asked") {
  for (const auto& words : askers()) {
    ApiWorld world;
    world.environment = {{"KOLEGA_TOKEN", ""}, {"HOME", "/nonexistent"}};
    const auto result = world.run(words);
    INFO(words[0], ": ", result.err);
    CHECK(result.code == 4);
    CHECK(world.requests().empty());
  }
}

TEST_CASE("every command: a wrong option ends it before anything is asked") {
  for (auto words : askers()) {
    ApiWorld world;
    words.emplace_back("--no-such-option");
    CHECK(world.run(words).code == 2);
    CHECK(world.requests().empty());
  }
}
