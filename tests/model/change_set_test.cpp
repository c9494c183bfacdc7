#include "model/change_set.hpp"

#include <doctest/doctest.h>

using namespace kolega;
using Kind = ChangedFile::Kind;

namespace {

ChangeSet sample() {
  return {.files = {{.path = "a.c", .lines = {{3, 5}, {9, 9}}},
                    {.path = "bin", .binary = true},
                    {.path = "copy.c", .kind = Kind::copied},
                    {.path = "gone.c", .kind = Kind::deleted},
                    {.path = "lib/sub", .kind = Kind::submodule, .lines_known = false},
                    {.path = "listed.c", .lines_known = false},
                    {.path = "mode.sh"}}};
}

}  // namespace

TEST_CASE("a path is found exactly, not by its beginning") {
  const auto changes = sample();
  REQUIRE(changes.find("a.c"));
  CHECK(changes.find("a.c")->lines.size() == 2);
  CHECK_FALSE(changes.find("a"));
  CHECK_FALSE(changes.find("a.cc"));
  CHECK_FALSE(changes.find(""));
  CHECK_FALSE(ChangeSet{}.find("a.c"));
  CHECK_FALSE(ChangeSet{}.touches_file("a.c"));
}

TEST_CASE("a range touches when it overlaps a changed line at either end") {
  const auto changes = sample();
  CHECK_FALSE(changes.touches_lines("a.c", 1, 2));
  CHECK(changes.touches_lines("a.c", 1, 3));
  CHECK(changes.touches_lines("a.c", 5, 5));
  CHECK_FALSE(changes.touches_lines("a.c", 6, 8));
  CHECK(changes.touches_lines("a.c", 6, 9));
  CHECK_FALSE(changes.touches_lines("a.c", 10, 4000000000U));
  CHECK(changes.touches_lines("a.c", 1, 4000000000U));
  CHECK(changes.touches_lines("a.c", 4, 0));  // no last line: it ends where it begins
  CHECK_FALSE(changes.touches_lines("a.c", 6, 1));
  CHECK(changes.touches_lines("a.c", 0, 0));
  CHECK_FALSE(changes.touches_lines("other.c", 0, 0));
}

TEST_CASE("where lines cannot be known every line counts as changed") {
  const auto changes = sample();
  for (const auto* path : {"bin", "listed.c", "copy.c"}) {
    CAPTURE(path);
    CHECK(changes.touches_lines(path, 77, 78));
  }
  CHECK(changes.touches_file("mode.sh"));
  CHECK_FALSE(changes.touches_lines("mode.sh", 1, 1));
  CHECK(changes.touches_file("gone.c"));
  CHECK_FALSE(changes.touches_lines("gone.c", 1, 1));
}

TEST_CASE("everything inside a moved submodule counts as changed") {
  const auto changes = sample();
  CHECK(changes.touches_file("lib/sub"));
  CHECK(changes.touches_file("lib/sub/deep/x.c"));
  CHECK(changes.touches_lines("lib/sub/deep/x.c", 4, 4));
  CHECK_FALSE(changes.touches_file("lib/subtle/x.c"));
  CHECK_FALSE(changes.touches_file("lib"));
  CHECK_FALSE(changes.touches_file("mode.sh/x"));
}
