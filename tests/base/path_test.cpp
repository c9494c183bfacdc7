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

TEST_CASE("path: steps up and names with dots stay: nobody knows where they lead") {
  CHECK(folded_path("../a.c") == "../a.c");
  CHECK(folded_path("src/..//.git") == "src/../.git");
}

TEST_CASE("path: a text that is folded already is not copied") {
  const std::string text = "src/a.c";
  std::string scratch = "left alone";
  CHECK(fold_path(text, scratch).data() == text.data());
  CHECK(scratch == "left alone");
}
