#include "sys/earlier_files.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "support/files.hpp"
#include "sys/files.hpp"

using namespace kolega;
namespace fs = std::filesystem;

TEST_CASE("what stood there before is removed, what was written since stays") {
  const test::TempDir dir;
  dir.write("old", "green");
  dir.write("replaced", "green");
  dir.write("changed", "green");
  fs::create_symlink(dir.file("target"), dir.file("link"));
  dir.write("target", "of a link");
  fs::create_directory(dir.file("folder"));
  const sys::EarlierFiles earlier(
      {dir.file("old"), dir.file("replaced"), dir.file("changed"), dir.file("new"), dir.file("link"), dir.file("folder")});
  CHECK(fs::exists(dir.file("old")));
  sys::write_file(dir.file("replaced"), "green");
  dir.write("changed", "red, in place");
  dir.write("new", "red");
  earlier.remove();
  CHECK_FALSE(fs::exists(dir.file("old")));
  CHECK(test::slurp(dir.file("replaced")) == "green");
  CHECK(test::slurp(dir.file("changed")) == "red, in place");
  CHECK(test::slurp(dir.file("new")) == "red");
  CHECK_FALSE(fs::is_symlink(dir.file("link")));
  CHECK(test::slurp(dir.file("target")) == "of a link");
  CHECK(fs::is_directory(dir.file("folder")));
  earlier.remove();
}
