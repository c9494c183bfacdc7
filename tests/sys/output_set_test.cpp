// RELIABILITY, section 4, row "Output": old or new, never torn; nothing left behind; links' targets
// untouched.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <vector>

#include "support/file_size_limit.hpp"
#include "support/files.hpp"
#include "sys/files.hpp"

using namespace kolega;
using test::FileSizeLimit;
using test::slurp;
using test::TempDir;
namespace fs = std::filesystem;

namespace {

std::string failure_of(const std::string& path) {
  try {
    sys::OutputSet().open(path);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::output);
    return render(error);
  }
  return "none";
}

std::size_t entries(const TempDir& dir) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()));
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(directory)) out.push_back(entry.path().filename().string());
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("what cannot be written is refused at once, with the reason") {
  const TempDir dir;
  const auto at = [&](const char* name) { return "cannot write " + dir.file(name) + ": "; };
  dir.write("directory/file", "x");
  REQUIRE(::mkfifo(dir.file("fifo").c_str(), 0600) == 0);
  CHECK(failure_of("") == "cannot write : the file name is empty");
  CHECK(failure_of(dir.file("directory")) ==
        at("directory") + "it is a directory\nhint: name a file inside it");
  CHECK(failure_of(dir.file("directory/")) == at("directory/") + "it is a directory");
  CHECK(failure_of(dir.file("directory/..")) == at("directory/..") + "it is a directory");
  CHECK(failure_of(dir.file("fifo")).starts_with(at("fifo") + "it is no regular file"));
  CHECK(failure_of(dir.file("none/x")) == at("none/x") +
                                              "No such file or directory\nhint: create the directory " +
                                              dir.file("none/") + " first");
  CHECK(failure_of(dir.file("directory/file/x")) == at("directory/file/x") + "Not a directory");
  CHECK(entries(dir) == 2);
}

TEST_CASE("devices are refused, also behind links that root could replace") {
  CHECK(failure_of("/dev/full").find("use - for standard output") != std::string::npos);
  CHECK(failure_of("/dev/stdout").find("use - for standard output") != std::string::npos);
  CHECK(failure_of("/dev/fd/1").find("use - for standard output") != std::string::npos);
  CHECK(failure_of("/proc/self/fd/1").find("use - for standard output") != std::string::npos);
  CHECK(fs::is_symlink("/dev/stdout"));
  const TempDir dir;
  fs::create_directory_symlink("/dev", dir.file("innocent"));
  CHECK(failure_of(dir.file("innocent/stdout")).find("use - for standard output") != std::string::npos);
}

TEST_CASE("the same file twice is refused, however it is spelled") {
  const TempDir dir;
  dir.write("sub/keep", "");
  fs::create_directory_symlink(dir.file("sub"), dir.file("link"));
  sys::OutputSet set;
  set.open(dir.file("sub/report"));
  for (const auto* again : {"sub/report", "sub//report", "sub/../sub/report", "link/report"}) {
    CHECK_THROWS_WITH_AS(set.open(dir.file(again)), doctest::Contains("it is named twice"), Error);
  }
  CHECK_NOTHROW(set.open(dir.file("report")));
}

TEST_CASE("nothing is seen before commit and nothing stays without it") {
  const TempDir dir;
  dir.write("old", "old text");
  {
    sys::OutputSet set;
    set.open(dir.file("old")) << std::string(200'000, 'n');
    set.open(dir.file("fresh")) << "new";
    CHECK(slurp(dir.file("old")) == "old text");
    CHECK_FALSE(fs::exists(dir.file("fresh")));
  }
  CHECK(slurp(dir.file("old")) == "old text");
  CHECK(entries(dir) == 1);
}

TEST_CASE("a stale report goes when nothing took its place, and only a report") {
  const TempDir dir;
  dir.write("outside", "precious");
  const auto fill = [&] {
    for (const auto* name : {"first", "second", "third"}) dir.write(name, "stale");
    fs::create_symlink(dir.file("outside"), dir.file("link"));
    fs::create_directory(dir.file("folder"));
    REQUIRE(::mkfifo(dir.file("fifo").c_str(), 0600) == 0);
  };
  const std::vector<std::string> names{"first", "second", "third", "link", "folder", "fifo", "none", "none/x"};
  fill();
  {
    sys::OutputSet set;  // kept is the default
    for (const auto& name : names) set.expect(dir.file(name));
    set.open(dir.file("first")) << "new";
  }
  CHECK(slurp(dir.file("first")) == "stale");
  {
    sys::OutputSet set(sys::Stale::removed);
    for (const auto& name : names) set.expect(dir.file(name));
    set.expect("/dev/stdout");
    set.expect("");
    set.open(dir.file("first")) << "new";
    CHECK(slurp(dir.file("first")) == "stale");
  }
  for (const auto* gone : {"first", "second", "third", "link"})
    CHECK_FALSE(fs::exists(fs::symlink_status(dir.file(gone))));
  CHECK(fs::is_symlink("/dev/stdout"));
  CHECK(entries(dir) == 3);  // outside, folder, fifo
  CHECK(slurp(dir.file("outside")) == "precious");
  dir.write("first", "stale");
  {
    sys::OutputSet set(sys::Stale::removed);
    set.expect(dir.file("first"));
    set.open(dir.file("first")) << "new";
    set.commit();
  }
  CHECK(slurp(dir.file("first")) == "new");
}

TEST_CASE("a link in the tree that leads out of it is not followed; one that stays inside, or lies outside, is") {
  const TempDir tree;
  const TempDir outside;
  outside.write("deep/keep", "keep");
  outside.write("x", "precious");
  tree.write("sub/keep", "keep");
  fs::create_directory_symlink(outside.path(), tree.file("out"));
  fs::create_directory_symlink(tree.file("out"), tree.file("twice"));
  fs::create_directory_symlink("sub", tree.file("in"));
  fs::create_directory_symlink(tree.path() / "sub", outside.path() / "back");
  const auto before = fs::current_path();
  fs::current_path(tree.path());
  const std::vector<std::string> ways_out{"out/x",         "./out/x",       "sub/../out/x",
                                          "out/deep/x",    "twice/x",       "in/../out/x",
                                          "out/back/../x", tree.file("out/x"), tree.file("out/deep/../x")};
  for (const auto& path : ways_out) {
    CAPTURE(path);
    sys::OutputSet set(sys::Stale::removed);
    set.expect(path);
    CHECK_THROWS_WITH_AS(set.open(path), doctest::Contains("leads out of the directory"), Error);
  }
  const std::vector<std::string> fine{"in/x",
                                      "sub/x",
                                      "../" + outside.path().filename().string() + "/y",
                                      outside.file("x"),
                                      outside.file("back/x"),
                                      tree.file("in/y")};
  for (const auto& path : fine) {
    CAPTURE(path);
    sys::OutputSet set;
    CHECK_NOTHROW(set.open(path));
  }
  fs::current_path(before);
  CHECK(slurp(outside.file("x")) == "precious");
}

TEST_CASE("commit replaces all files, with the mode of the umask") {
  const TempDir dir;
  dir.write("old", "old text");
  const std::string large(1'000'000, 'n');
  const auto mask = ::umask(027);
  {
    sys::OutputSet set;
    auto& old = set.open(dir.file("old"));
    auto& fresh = set.open(dir.file("fresh"));
    old << large << "end";
    fresh << "new " << 42;
    set.commit();
  }
  ::umask(mask);
  CHECK(slurp(dir.file("old")) == large + "end");
  CHECK(slurp(dir.file("fresh")) == "new 42");
  CHECK(entries(dir) == 2);
  CHECK((fs::status(dir.file("fresh")).permissions() & fs::perms::all) == fs::perms(0640));
}

TEST_CASE("links are replaced and what they point to is left alone") {
  const TempDir dir;
  dir.write("outside", "precious");
  fs::create_symlink(dir.file("outside"), dir.file("symbolic"));
  fs::create_symlink(dir.file("nowhere"), dir.file("dangling"));
  fs::create_hard_link(dir.file("outside"), dir.file("hard"));
  sys::OutputSet set;
  for (const auto* name : {"symbolic", "dangling", "hard"}) set.open(dir.file(name)) << "report";
  set.commit();
  CHECK(slurp(dir.file("outside")) == "precious");
  CHECK_FALSE(fs::exists(dir.file("nowhere")));
  for (const auto* name : {"symbolic", "dangling", "hard"}) {
    CHECK_FALSE(fs::is_symlink(dir.file(name)));
    CHECK(slurp(dir.file(name)) == "report");
  }
}

TEST_CASE("a file-size limit is an error at the write and leaves the old file") {
  const TempDir dir;
  dir.write("old", "old text");
  const FileSizeLimit limit(100'000);
  sys::OutputSet set;
  auto& out = set.open(dir.file("old"));
  const auto write = [&] {
    for (int i = 0; i < 1000; ++i) out << std::string(1000, 'x');
  };
  CHECK_THROWS_WITH_AS(write(), doctest::Contains("File too large"), Error);
  CHECK(slurp(dir.file("old")) == "old text");
}

TEST_CASE("what is still in the buffer is checked by commit, and then no file changes") {
  const TempDir dir;
  const FileSizeLimit limit(100);
  sys::OutputSet set;
  set.open(dir.file("first")) << "short";
  set.open(dir.file("second")) << std::string(1000, 'x');
  CHECK_THROWS_WITH_AS(set.commit(), doctest::Contains("second: File too large"), Error);
  CHECK_FALSE(fs::exists(dir.file("first")));
  CHECK_FALSE(fs::exists(dir.file("second")));
}

TEST_CASE("a full disk is an error and leaves nothing") {
  const TempDir dir;
  const auto disk = dir.file("disk");
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    MESSAGE("skipped: no right to mount a small disk");
    return;
  }
  {
    sys::OutputSet set;
    auto& out = set.open(disk + "/report");
    CHECK_THROWS_WITH_AS(out << std::string(1'000'000, 'x'), doctest::Contains("No space left on device"),
                         Error);
  }
  CHECK(fs::is_empty(disk));
  ::umount(disk.c_str());
}

TEST_CASE("files of one directory: each appears whole, replaces what is there, and nothing stays without commit") {
  const test::TempDir dir;
  fs::create_directory(dir.file("records"));
  const sys::OutputDirectory directory(dir.file("records"));
  std::ofstream(dir.file("records/b.json")) << "earlier";
  const std::string large(100'000, 'x');
  sys::OutputSet both;
  both.open(directory, "a.json") << "head " << large << " tail";
  both.open(directory, "b.json") << large << "tail";
  sys::OutputSet dropped;
  dropped.open(directory, "c.json") << "never";
  CHECK(slurp(dir.file("records/b.json")) == "earlier");
  CHECK(names_in(dir.file("records")) == std::vector<std::string>{"b.json"});
  both.commit();
  dropped = sys::OutputSet();
  CHECK(slurp(dir.file("records/a.json")) == "head " + large + " tail");
  CHECK(slurp(dir.file("records/b.json")) == large + "tail");
  CHECK(names_in(dir.file("records")) == std::vector<std::string>{"a.json", "b.json"});
}

TEST_CASE("a directory is looked at once: what comes into its place later is not written to") {
  const test::TempDir dir;
  fs::create_directory(dir.file("records"));
  fs::create_directory(dir.file("elsewhere"));
  const sys::OutputDirectory directory(dir.file("records"));
  fs::rename(dir.file("records"), dir.file("moved"));
  fs::create_symlink(dir.file("elsewhere"), dir.file("records"));
  sys::OutputSet set;
  set.open(directory, "a.json") << "text";
  set.commit();
  CHECK(slurp(dir.file("moved/a.json")) == "text");
  CHECK(names_in(dir.file("elsewhere")).empty());
}

TEST_CASE("a name in a directory is a name, and what stands there must be a file") {
  const test::TempDir dir;
  const sys::OutputDirectory directory(dir.path().string());
  fs::create_directory(dir.file("taken"));
  for (const auto* name : {"", ".", "..", "../a", "x/a"}) {
    CAPTURE(name);
    sys::OutputSet set;
    CHECK_THROWS_AS(set.open(directory, name), Error);
  }
  sys::OutputSet set;
  set.open(directory, "taken") << "text";
  CHECK_THROWS_WITH_AS(set.commit(), doctest::Contains("it is a directory"), Error);
  CHECK(names_in(dir.path().string()) == std::vector<std::string>{"taken"});
  CHECK_THROWS_WITH_AS(sys::OutputDirectory(dir.file("missing")), doctest::Contains("No such file"), Error);
}

TEST_CASE("a process that is killed leaves nothing") {
  const TempDir dir;
  const pid_t child = ::fork();
  if (child == 0) {
    sys::OutputSet set;
    set.open(dir.file("report")) << std::string(200'000, 'x') << std::flush;
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(entries(dir) == 0);
}

TEST_CASE("a target that turns into a directory is an error that names what was already replaced") {
  const TempDir dir;
  sys::OutputSet set;
  set.open(dir.file("first")) << "1";
  set.open(dir.file("second")) << "2";
  dir.write("second/file", "");
  try {
    set.commit();
    FAIL("committed over a directory");
  } catch (const Error& error) {
    CHECK(error.message() == "cannot write " + dir.file("second") + ": Is a directory");
    CHECK(error.hint() == "already replaced: " + dir.file("first"));
  }
}

TEST_CASE("write_file writes one file") {
  const TempDir dir;
  sys::write_file(dir.file("one"), "text");
  CHECK(slurp(dir.file("one")) == "text");
  CHECK_THROWS_AS(sys::write_file(dir.file("none/one"), "text"), Error);
}

TEST_CASE("a set that cannot be taken leaves both as they were, and nothing behind") {
  const TempDir dir;
  fs::create_directory(dir.file("one"));
  fs::create_directory(dir.file("two"));
  {
    sys::OutputSet set;
    set.open(dir.file("one/a")) << "a";
    set.open(dir.file("two/same")) << "ours";
    sys::OutputSet other;
    other.open(dir.file("two/before")) << "b";
    other.open(dir.file("two/same")) << "theirs";
    fs::create_directory(dir.file("two/before"));
    CHECK_THROWS_AS(other.commit(), Error);  // its files have names by now
    CHECK_THROWS_WITH_AS(set.take(std::move(other)), doctest::Contains("named twice"), Error);
    fs::remove(dir.file("two/before"));
    CHECK(fs::is_empty(dir.file("two")));
    set.commit();
  }
  CHECK(slurp(dir.file("one/a")) == "a");
  CHECK(slurp(dir.file("two/same")) == "ours");
  CHECK(entries(dir) == 2);
  CHECK_FALSE(fs::exists(dir.file("two/before")));
}
