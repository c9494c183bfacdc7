// `run` where the service says no: only what is so is told.
#include <doctest/doctest.h>

#include "api/documents.hpp"
#include "cli/api_world.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;

TEST_CASE("run --scan-id of a batch that is not there: a 404, and nothing of a scan that goes on") {
  ApiWorld world;
  world.on("GET /api/v1/repositories/r1", test::repository_json("r1", "acme/web"));
  const auto result = world.run({"run", "--policy", "builtin:starter", "--repository", "r1", "--scan-id", "zzz"});
  INFO(result.err);
  CHECK(result.code == 4);
  CHECK(contains(result.err, "HTTP 404"));
  CHECK(contains(result.err, "next: check the token"));
  for (const auto* wrong : {"timeout", "goes on", "attach later", "wait on", "secrets_scan"})
    CHECK_MESSAGE(!contains(result.err, wrong), wrong);
}

TEST_CASE("run at an address that is not the API's: the hint is the address, not the key") {
  ApiWorld world;
  const auto result = world.run({"run", "--policy", "builtin:starter", "--repository", "acme/web"});
  INFO(result.err);
  CHECK(result.code == 4);
  CHECK(contains(result.err, "--api-url"));
  CHECK_FALSE(contains(result.err, "check the token"));
  CHECK(contains(world.run({"me"}).err, "--api-url"));
}

TEST_CASE("run -q says why nothing could be proven") {
  ApiWorld world;
  world.on("GET /api/v1/repositories/r1", test::repository_json("r1", "acme/web"));
  world.on("GET /api/v1/quotas/balance", test::quota_json(0, 5));
  const auto result = world.run({"run", "-q", "--policy", "builtin:starter", "--repository", "r1"});
  INFO(result.err);
  CHECK(result.code == 3);
  CHECK(contains(result.err, "quota: semgrep_scan: nothing is left of the quota"));
}
