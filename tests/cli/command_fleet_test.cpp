// What a fleet's command line gets wrong is told before anything is asked or written.
#include <doctest/doctest.h>

#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;

TEST_CASE("fleet: a number of connections that cannot be is told by the option's name") {
  const test::TempDir dir;
  for (const std::string number : {"65", "0", "many"}) {
    const auto result = test::cli({"fleet", "--all", "--policy", "builtin:starter", "--out", dir.file("out"),
                                   "--connections", number});
    CHECK(result.code == 2);
    CHECK(result.err.starts_with("error: --connections: '" + number + "' is not a number from 1 to 64"));
  }
}
