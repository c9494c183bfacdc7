#include <doctest/doctest.h>

#include "support/files.hpp"
#include "sys/files.hpp"

using namespace kolega;
using test::slurp;

TEST_CASE("lines are added to a file, which is made where there is none; an open line is ended first") {
  const test::TempDir dir;
  sys::append_lines(dir.file("new"), "a\n");
  sys::append_lines(dir.file("new"), "b\n");
  CHECK(slurp(dir.file("new")) == "a\nb\n");
  const auto open = dir.write("open", "x");
  sys::append_lines(open, {});
  CHECK(slurp(open) == "x");
  sys::append_lines(open, "y\n");
  CHECK(slurp(open) == "x\ny\n");
}

TEST_CASE("nothing is added over the limit, to a directory, a device or below a missing directory") {
  const test::TempDir dir;
  const auto file = dir.write("f", "12345\n");
  CHECK_THROWS_WITH_AS(sys::append_lines(file, "678\n", 9), doctest::Contains("would grow over 9 bytes"),
                       Error);
  CHECK(slurp(file) == "12345\n");
  sys::append_lines(file, "678\n", 10);
  for (const auto& path :
       {dir.path().string(), std::string("/dev/null"), dir.file("none/x"), std::string{}}) {
    CHECK_THROWS_AS(sys::append_lines(path, "a\n"), Error);
  }
}
