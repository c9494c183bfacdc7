#include "sys/source_tree.hpp"

#include <doctest/doctest.h>

#include "support/files.hpp"

namespace {
std::optional<std::string> read_beneath(const std::string& root, std::string_view path, std::uint64_t limit) {
  return kolega::sys::SourceTree(root).read(path, limit);
}
}  // namespace

TEST_CASE("only regular files below the root are read") {
  const kolega::test::TempDir dir;
  dir.write("root/src/a.c", "inside");
  dir.write("outside.txt", "outside");
  const auto root = dir.file("root");
  std::filesystem::create_symlink("../outside.txt", dir.path() / "root/link");
  std::filesystem::create_symlink("src/a.c", dir.path() / "root/inner");
  std::filesystem::create_symlink("..", dir.path() / "root/up");
  CHECK(read_beneath(root, "src/a.c", 100) == "inside");
  CHECK(read_beneath(root, "./src/../src/a.c", 100) == "inside");
  CHECK(read_beneath(root, "inner", 100) == "inside");
  for (const char* path :
       {"../outside.txt", "link", "up/outside.txt", "src", "missing", "", "/etc/passwd", "src/a.c/x"}) {
    CAPTURE(path);
    CHECK_FALSE(read_beneath(root, path, 100).has_value());
  }
  CHECK_FALSE(read_beneath(root, std::string_view("src/a.c\0x", 9), 100).has_value());
  CHECK_FALSE(read_beneath(root, "src/a.c", 5).has_value());
  CHECK_FALSE(read_beneath(dir.file("nowhere"), "src/a.c", 100).has_value());
}

TEST_CASE("a folder that is missing holds nothing, one that is there may hold anything") {
  const kolega::test::TempDir dir;
  dir.write("src/deep/a.c", "inside");
  std::filesystem::create_symlink("src", dir.path() / "linked");
  kolega::sys::SourceTree tree(dir.path().string());
  for (const char* path : {"a.c", "src/a.c", "src/deep/b.c", "./src//deep/a.c", "linked/deep/a.c", "src/../b"}) {
    CAPTURE(path);
    CHECK(tree.may_hold(path));
  }
  for (const char* path : {"", "lib/a.c", "src/none/a.c", "src/deep/a.c/b", "/nowhere-at-all/a.c", "none/../a.c"}) {
    CAPTURE(path);
    CHECK_FALSE(tree.may_hold(path));
    CHECK_FALSE(tree.may_hold(path));  // as remembered
  }
  CHECK(tree.read("src/deep/a.c", 100) == "inside");
  CHECK_FALSE(kolega::sys::SourceTree((dir.path() / "none").string()).may_hold("a.c"));
}

TEST_CASE("a root whose name is the start of another's does not open that one") {
  const kolega::test::TempDir dir;
  dir.write("app/a", "a");
  dir.write("app-secret/b", "b");
  CHECK_FALSE(read_beneath(dir.file("app"), "../app-secret/b", 100).has_value());
}
