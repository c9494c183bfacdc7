#include "fleet/selection.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace kolega;
using namespace kolega::fleet;

namespace {

Repository repository(const std::string& id, const std::string& name, bool archived = false) {
  Repository out;
  out.id = id;
  out.name = name;
  out.archived = archived;
  out.sources.push_back({name, "main", "github", ""});
  return out;
}

std::vector<Repository> some() {
  return {repository("r3", "acme/shop"), repository("r1", "acme/api"), repository("r2", "acme/old", true),
          repository("r4", "Other/tool")};
}

std::vector<std::string> ids(const Selection& selection) {
  std::vector<std::string> out;
  for (const auto& one : selection.repositories) out.push_back(one.id);
  return out;
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  throw;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("all, by pattern, and by list; archived ones are counted") {
  const auto all = select(some(), {true, {}, {}});
  CHECK(ids(all) == Ids{"r1", "r3", "r4"});
  CHECK(all.archived == 1);
  CHECK(ids(select(some(), {false, {"acme/*"}, {}})) == Ids{"r1", "r3"});
  CHECK(ids(select(some(), {false, {"acme/*", "!acme/api"}, {}})) == Ids{"r3"});
  CHECK(ids(select(some(), {true, {"!acme/**"}, {}})) == Ids{"r4"});
  CHECK(ids(select(some(), {false, {}, Ids{"r3", "other/tool"}})) == Ids{"r3", "r4"});
  CHECK(ids(select(some(), {false, {"!acme/*"}, Ids{"r3", "other/tool"}})) == Ids{"r4"});
}

TEST_CASE("what cannot be selected is told") {
  CHECK(error_of([] { select(some(), {false, {"nobody/*"}, {}}); }).kind() == ErrorKind::usage);
  CHECK(error_of([] { select({}, {true, {}, {}}); }).kind() == ErrorKind::usage);
  CHECK(error_of([] { select(some(), {false, {"acme/["}, {}}); }).kind() == ErrorKind::usage);
  const auto missing = error_of([] { select(some(), {false, {}, Ids{"acme/shop", "acme/none"}}); });
  CHECK(missing.kind() == ErrorKind::not_found);
  CHECK(missing.message().find("acme/none") != std::string::npos);
  CHECK(error_of([] { select(some(), {false, {}, Ids{"acme/old"}}); }).message().find("archived") != std::string::npos);
  auto twins = some();
  twins.push_back(repository("r9", "ACME/shop"));
  CHECK(error_of([&] { select(twins, {false, {}, Ids{"acme/shop"}}); }).message().find("several") != std::string::npos);
}

TEST_CASE("a list has comments and blank lines") {
  CHECK(parse_list("# all of them\nacme/shop  # the shop\r\n\n r1 \n", "list") == Ids{"acme/shop", "r1"});
  CHECK(error_of([] { parse_list("# none\n", "list"); }).kind() == ErrorKind::usage);
}

TEST_CASE("shards: even, and a repository changes its shard only for a new one") {
  std::vector<int> sizes(5);
  int moved = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto id = "repository-" + std::to_string(i);
    const auto before = shard_of(id, 4);
    const auto after = shard_of(id, 5);
    REQUIRE((after >= 1 && after <= 5));
    CHECK((after == before || after == 5));
    moved += after == before ? 0 : 1;
    ++sizes[after - 1];
    CHECK(shard_of(id, 1) == 1);
  }
  for (const int size : sizes) CHECK((size > 900 && size < 1100));
  CHECK((moved > 900 && moved < 1100));
  // Other releases must deal the same: what was journalled under one is gone on with under the next.
  CHECK(shard_of("demo", 7) == 1);
  CHECK(shard_of("repository-1", 1000) == 986);
}

TEST_CASE("the first rule that matches names the policy") {
  const auto rules = parse_policy_rules(
      "gate: fleet/v1\npolicies:\n  - repositories: ['acme/**', '!acme/api']\n    policy: strict.yaml\n"
      "  - {repositories: acme/api, policy: 'builtin:report-only'}\ndefault: default.yaml\n",
      "fleet.yaml");
  REQUIRE(rules.size() == 3);
  const auto chosen = select(some(), {true, {}, {}}).repositories;
  CHECK(assign_policies(rules, chosen) == std::vector<std::size_t>{1, 0, 2});
  const auto error = error_of([&] { assign_policies(std::span(rules).first(2), chosen); });
  CHECK(error.kind() == ErrorKind::policy);
  CHECK(error.message().find("Other/tool") != std::string::npos);
}

TEST_CASE("wrong rules are told with their place") {
  for (const auto* wrong :
       {"gate: v1\npolicies: []\n", "policies: [{repositories: ['a/*'], policy: p}]\n", "gate: fleet/v1\n",
        "gate: fleet/v1\npolicies: [{repositories: ['a/*']}]\n", "gate: fleet/v1\npolicies: [{policy: p}]\n",
        "gate: fleet/v1\npolices: []\n", "gate: fleet/v1\npolicies: [{repositories: ['a/['], policy: p}]\n", "[]\n"}) {
    INFO(wrong);
    CHECK(error_of([&] { parse_policy_rules(wrong, "fleet.yaml"); }).kind() == ErrorKind::policy);
  }
}
