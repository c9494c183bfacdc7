#include <doctest/doctest.h>

#include "base/error.hpp"
#include "ingest/diff.hpp"

using namespace kolega;
using namespace std::string_literals;

namespace {

std::string failure(std::string_view text) {
  try {
    ingest::parse_changed_files(text, "files.txt");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

std::vector<std::string> paths(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& file : ingest::parse_changed_files(text, "files.txt").files) {
    CHECK_FALSE(file.lines_known);
    out.push_back(file.path);
  }
  return out;
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("changed files: what is no path inside the repository is refused at its line") {
  CHECK(failure("a\n/etc/passwd\n").find("files.txt:2:1: file name '/etc/passwd' is absolute") == 0);
  CHECK(failure("a/../../b\n").find("leads out of the repository") != std::string::npos);
  CHECK(failure(".\n").find("names no file") != std::string::npos);
  CHECK(failure("a\0\0b\0"s).find("files.txt:2:1: file name '' is empty") == 0);
  CHECK(failure("M\tsrc/a.c\n").find("a tab in a file name") != std::string::npos);
  CHECK(failure("diff --git a/x b/x\n").find("this is a diff") != std::string::npos);
  CHECK(failure("\"a\n").find("no closing quote") != std::string::npos);
  CHECK(failure("a\nsrc/\n").find("files.txt:2:1: this is a directory") == 0);
  CHECK(failure("a\0src/\0"s).find("this is a directory") != std::string::npos);
  CHECK(failure(" M src/a.c\n").find("a blank before or behind") != std::string::npos);
  CHECK(failure("src/a.c \n").find("a blank before or behind") != std::string::npos);
  for (const std::string mark : {"\xEF\xBB\xBF", "\xFF\xFE"}) CHECK(failure(mark + "a\n").find("byte order mark") != std::string::npos);
  CHECK(failure("\"a\" b\n").find("text behind") != std::string::npos);
}

TEST_CASE("changed files: lines, CRLF, blank lines, repeats, git's quoting") {
  CHECK(paths("").empty());
  CHECK(paths("z\r\n\r\n./a//b\nz\nwith blank") == Paths{"a/b", "with blank", "z"});
  CHECK(paths("\"a.c \"\n") == Paths{"a.c "});
  CHECK(paths("\"t\\tb\"\n\"\\303\\244\"\n") == Paths{"t\tb", "\xC3\xA4"});
}

TEST_CASE("changed files: NUL-separated names are taken as they are") {
  CHECK(paths("b\0\"q\"\0a\nb\0"s) == Paths{"\"q\"", "a\nb", "b"});
  CHECK(paths("a\0last"s) == Paths{"a", "last"});
}

TEST_CASE("changed files: several names in one line are not one name") {
  for (const auto* line : {"src/a.c src/b.test.js", "src/a.c,src/b.c", "src/a.c, src/b.c", "src/a.c;src/b.c",
                           "[\"src/a.c\",\"src/b\"]", "[\"Makefile\"]", "'src/a.c' 'src/b.c'"}) {
    CAPTURE(line);
    CHECK(failure("z\n" + std::string(line) + "\n").find("files.txt:2:1: several file names in one line") == 0);
  }
  for (const std::string line : {"docs/my file.md", "a,v", "src/Foo, the second.txt", "[id].tsx", "app/[slug]/page.tsx"}) {
    CAPTURE(line);
    CHECK(paths(line + "\n") == Paths{line});
  }
  CHECK(paths("src/a.c src/b.c\0"s) == Paths{"src/a.c src/b.c"});
}

TEST_CASE("changed files: what the checkout holds decides") {
  const auto read = [](std::string_view text, const std::string& there) {
    try {
      return ingest::parse_changed_files(text, "l", [&](const std::string& path) { return path == there; }).files.at(0).path;
    } catch (const Error&) {
      return "refused"s;
    }
  };
  CHECK(read("Makefile LICENSE", "LICENSE") == "refused");
  CHECK(read("Makefile LICENSE", "README") == "Makefile LICENSE");
  CHECK(read("a.c b.c", "a.c b.c") == "a.c b.c");
}
