#include "sys/journal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "base/error.hpp"
#include "support/file_size_limit.hpp"
#include "support/files.hpp"

using namespace kolega;

TEST_CASE("a journal gives back its whole lines, and goes on behind them") {
  const test::TempDir dir;
  const auto path = dir.file("journal");
  {
    sys::Journal journal(path);
    CHECK(journal.lines().empty());
    CHECK(journal.is_new());
    journal.append("first");
    journal.append("second");
  }
  std::ofstream(path, std::ios::app | std::ios::binary) << "a piece";
  {
    sys::Journal journal(path);
    CHECK(journal.lines() == std::vector<std::string>{"first", "second"});
    CHECK(!journal.is_new());
    journal.append("third");
  }
  CHECK(test::slurp(path) == "first\nsecond\nthird\n");
  sys::Journal journal(path);
  journal.clear();
  CHECK(journal.lines().empty());
  CHECK(test::slurp(path).empty());
}

TEST_CASE("a journal is held by one process, until that one is gone") {
  const test::TempDir dir;
  const auto path = dir.file("journal");
  std::optional<sys::Journal> journal(std::in_place, path);
  try {
    const sys::Journal second(path);
    FAIL("held twice");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
  }
  journal.reset();
  const sys::Journal free(path);
  CHECK(free.lines().empty());
}

TEST_CASE("a journal that cannot be kept says so") {
  const test::TempDir dir;
  CHECK_THROWS_AS(sys::Journal(dir.path().string()), Error);
  CHECK_THROWS_AS(sys::Journal("/nonexistent/journal"), Error);
  CHECK_THROWS_AS(sys::Journal("/dev/null"), Error);
}

TEST_CASE("a line that finds no room is told of and leaves no piece, and the next one is whole") {
  const test::TempDir dir;
  const auto path = dir.file("journal");
  sys::Journal journal(path);
  journal.append("first");
  std::string told;
  {
    const test::FileSizeLimit limit(10);
    try {
      journal.append("the second");
    } catch (const Error& error) {
      told = error.message();
      CHECK(error.kind() == ErrorKind::output);
    }
  }
  CHECK(told == "cannot keep " + path + ": File too large");
  CHECK(test::slurp(path) == "first\n");
  journal.append("third");
  CHECK(test::slurp(path) == "first\nthird\n");
}

namespace {

/// What settle_standard_output() gives in a child whose standard output is appended to this file.
std::string settled(const std::string& path) {
  const test::TempDir dir;
  const auto answer = dir.file("answer");
  const auto child = ::fork();
  if (child == 0) {
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND);
    ::dup2(file, STDOUT_FILENO);
    const auto line = sys::settle_standard_output();
    std::ofstream(answer) << (line ? "line:" + *line : "none");
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return test::slurp(answer);
}

}  // namespace

TEST_CASE("the last whole line of a file on standard output; a piece of JSON behind it is cut off") {
  const test::TempDir dir;
  const auto with = [&](const std::string& text) { return dir.write("out", text); };
  CHECK(settled(with("")) == "none");
  CHECK(settled(with("a\n{\"b\"}\n")) == "line:{\"b\"}");
  CHECK(settled(with("only\n")) == "line:only");
  CHECK(settled(with("\n")) == "line:");
  CHECK(settled(with("a\n{\"b")) == "line:a");
  CHECK(test::slurp(dir.file("out")) == "a\n");
  CHECK(settled(with("a\nsomebody's words")) == "line:a");
  CHECK(test::slurp(dir.file("out")) == "a\nsomebody's words");
  CHECK(settled("/dev/null") == "none");
}
