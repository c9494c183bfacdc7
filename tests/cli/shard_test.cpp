#include "cli/shard.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace kolega;

namespace {

fleet::Shard shard(const std::string& given, std::map<std::string, std::string> environment = {}) {
  cli::Arguments arguments;
  arguments.add("shard", {given});
  return *cli::resolve_shard(arguments, sys::Environment(std::move(environment)));
}

}  // namespace

TEST_CASE("a shard is I of N") {
  CHECK(shard("1/1") == fleet::Shard{1, 1});
  CHECK(shard("3/40") == fleet::Shard{3, 40});
  CHECK(!cli::resolve_shard({}, {}));
  for (const auto* wrong : {"", "1", "/", "1/", "/2", "0/2", "3/2", "-1/2", "1/2/3", "a/b", "1 /2", "1/100001", "Auto"}) {
    INFO(wrong);
    CHECK_THROWS_AS((void)shard(wrong), Error);
  }
}

TEST_CASE("auto counts as GitLab and Azure Pipelines do") {
  CHECK(shard("auto", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "5"}}) == fleet::Shard{2, 5});
  CHECK(shard("auto", {{"SYSTEM_JOBPOSITIONINPHASE", "1"}, {"SYSTEM_TOTALJOBSINPHASE", "3"}}) == fleet::Shard{1, 3});
}

TEST_CASE("auto where nobody counts is an error: every job would do everything") {
  CHECK_THROWS_AS((void)shard("auto"), Error);
  CHECK_THROWS_AS((void)shard("auto", {{"CI_NODE_TOTAL", "5"}}), Error);
  CHECK_THROWS_AS((void)shard("auto", {{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "5"}}), Error);
}
