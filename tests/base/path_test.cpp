#include "base/path.hpp"

#include <doctest/doctest.h>

using namespace kolega;

TEST_CASE("path: one place has one form") {
  CHECK(folded_path("src/a.c") == "src/a.c");
  CHECK(folded_path("./src/a.c") == "src/a.c");
  CHECK(folded_path("src\\b\\a.c") == "src/b/a.c");
  CHECK(folded_path("src//./a.c") == "src/a.c");
  CHECK(folded_path(".\\.\\a.c") == "a.c");
  CHECK(folded_path("/src/a.c") == "/src/a.c");
  CHECK(folded_path("//") == "/");
  CHECK(folded_path("src/") == "src");
  CHECK(folded_path("src/.") == "src");
  CHECK(folded_path(".") == "");
  CHECK(folded_path("") == "");
}

TEST_CASE("path: a step up takes the step before it back, one that leads out of the tree stays") {
  CHECK(folded_path("vendor/../src/a.c") == "src/a.c");
  CHECK(folded_path("vendor\\..\\src\\a.c") == "src/a.c");
  CHECK(folded_path("a/b/../../src/./a.c") == "src/a.c");
  CHECK(folded_path("a/b/..") == "a");
  CHECK(folded_path("a/..") == "");
  CHECK(folded_path("src/..//.git") == ".git");
  CHECK(folded_path("../a.c") == "../a.c");
  CHECK(folded_path("a/../../b") == "../b");
  CHECK(folded_path("../../a/../b") == "../../b");
  CHECK(folded_path("..") == "..");
  CHECK(folded_path("/a/../../b") == "/b");
  CHECK(folded_path("/..") == "/");
}

TEST_CASE("path: names with dots stay") {
  for (const std::string name : {"..a/b", "a../b", "a/..b", "a/b..", "a/...", ".../a", "src/.git"}) CHECK(folded_path(name) == name);
}

TEST_CASE("path: a text that is folded already is not copied") {
  const std::string text = "src/a.c";
  std::string scratch = "left alone";
  CHECK(fold_path(text, scratch).data() == text.data());
  CHECK(scratch == "left alone");
}
