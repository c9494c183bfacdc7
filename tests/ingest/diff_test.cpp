#include "ingest/diff.hpp"

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/error.hpp"

using namespace kolega;
using ingest::parse_diff;
using Kind = ChangedFile::Kind;
using Ranges = std::vector<LineRange>;

namespace {

std::string failure(std::string_view text) {
  try {
    parse_diff(text, "d.patch");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    REQUIRE(error.pos());
    CHECK(error.pos()->line > 0);
    return error.what();
  }
  return "accepted";
}

ChangedFile only_file(std::string_view text) {
  const auto changes = parse_diff(text, "d.patch");
  REQUIRE(changes.files.size() == 1);
  return changes.files[0];
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

std::string git_file(const std::string& name, const std::string& body) {
  return "diff --git a/" + name + " b/" + name + "\nindex 1111111..2222222 100644\n--- a/" + name +
         "\n+++ b/" + name + "\n" + body;
}

constexpr std::string_view two_hunks =
    "diff --git a/src/a.c b/src/a.c\n"
    "index 83db48f..bf269f4 100644\n"
    "--- a/src/a.c\n"
    "+++ b/src/a.c\n"
    "@@ -1,3 +1,4 @@ int main()\n"
    " one\n"
    "+two\n"
    "-three\n"
    "+three!\n"
    " four\n"
    "@@ -10 +11,0 @@\n"
    "-gone\n"
    "@@ -20,0 +21,2 @@\n"
    "+x\n"
    "+y\n"
    "\\ No newline at end of file\n";

}  // namespace

TEST_CASE("diff: what is wrong is refused at its line") {
  struct Case {
    std::string text;
    std::string_view message;
  };
  const std::string head = git_file("x", "");
  const Case cases[] = {
      {"hello\n", "d.patch:1:1: this is no unified diff: there is no file in it"},
      {"fatal: bad revision 'main'\n", "d.patch:1:1: this is no unified diff"},
      {"12c12\n< a\n---\n> b\n", "d.patch:1:1: this is no unified diff"},
      {"*** a\t1\n--- b\t1\n***************\n*** 1 ****\n", "d.patch:3:1: this is a context diff"},
      {"diff --cc x\nindex 1,2..3\n", "d.patch:1:1: a combined diff"},
      {"diff --combined x\n", "d.patch:1:1: a combined diff"},
      {head + "@@@ -1 -1 +1 @@@\n", "d.patch:5:1: a combined diff"},
      {head, "d.patch:1:1: a file header has no hunk below it"},
      {head + "@@ -1 +1 @@\n-a\n",
       "d.patch:7:1: the hunk of line 5 does not hold what its header says: 0 old and 1 new"},
      {head + "@@ -1,2 +1 @@\n-a\n+b\ndiff --git a/y b/y\n", "d.patch:8:1: the hunk of line 5 does not hold"},
      {head + "@@ -1 +1 @@\n-a\n-b\n+c\n", "d.patch:7:1: the hunk of line 5 does not hold"},
      {head + "@@ -1 +1 @@\n-a\n+b\n+c\n", "d.patch:8:1: the hunk above has more lines than its header says"},
      {head + "@@ -1 +1 @@\n-a\n+b\n c\n", "d.patch:8:1: the hunk above has more lines"},
      {head + "@@ -1 +1 @@\n-a\n+b\n-c\n", "d.patch:8:1: the hunk above has more lines"},
      {head + "@@ -1,0 +0,2 @@\n+a\n+b\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1 +1\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1 +-1 @@\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1 + 1 @@\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1,, +1 @@\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1 +4294967296 @@\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1 +4294967295,2 @@\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -1 +1,99999999999999999999999999 @@\n", "d.patch:5:1: this is no hunk header"},
      {head + "@@ -0,0 +1,4000000000 @@\n+a\n", "d.patch:7:1: the hunk of line 5 does not hold"},
      {head + "@@ -1 +5 @@\n-a\n+b\n@@ -9 +5 @@\n-a\n+b\n",
       "d.patch:8:1: the hunk overlaps the one before it"},
      {head + "@@ -1 +5 @@\n-a\n+b\n@@ -9 +2 @@\n-a\n+b\n",
       "d.patch:8:1: the hunk overlaps the one before it"},
      {"@@ -1 +1 @@\n-a\n+b\n", "d.patch:1:1: a hunk without the names of its file above it"},
      {"diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n", "d.patch:2:1: a hunk without the names"},
      {"diff --git a/x b/y\nindex 1..2\n", "d.patch:1:1: cannot tell the file's name from its header"},
      {"diff --git old/x new/x\nindex 1..2\n", "d.patch:1:1: cannot tell the file's name"},
      {"diff --git a/x b/y\nrename from x\n", "d.patch:1:1: a rename or copy names only one of its sides"},
      {"diff --git a/x b/y\nrename from x\nrename to y\nrename to z\n",
       "d.patch:4:1: a file header says the same"},
      {"diff --git a/x b/x\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
       "d.patch:1:1: the headers of 'x' name another"},
      {"diff --git a/x b/x\n--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", "d.patch:1:1: both sides"},
      {"diff --git \"a/\\9\" \"b/\\9\"\n", "d.patch:1:12: a quoted file name holds an escape"},
      {"diff --git \"a/\\777\" \"b/\\777\"\n", "d.patch:1:12: a quoted file name holds an escape"},
      {"diff --git \"a/x\n", "d.patch:1:12: a quoted file name has no closing quote"},
      {"diff --git a/../x b/../x\nold mode 100644\nnew mode 100755\n",
       "d.patch:1:1: file name '../x' leads out of"},
      {"diff --git a//x b//x\nold mode 100644\nnew mode 100755\n", "d.patch:1:1: file name '/x' is absolute"},
      {"diff --git \"a/x\\000y\" \"b/x\\000y\"\nold mode 1\n", "holds a zero byte"},
      {"diff --git \"a/C:\\\\x\" \"b/C:\\\\x\"\nold mode 1\n", "is absolute"},
      {"--- a\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "d.patch:1:1: cannot tell where in the repository 'b/x' is"},
      {"--- old/x\n+++ new/x\n@@ -1 +1 @@\n-a\n+b\n",
       "d.patch:1:1: cannot tell where in the repository 'new/x' is"},
      {"--- /tmp/x\n+++ /tmp/x\n@@ -1 +1 @@\n-a\n+b\n", "is absolute"},
      {"Only in b: x\n", "d.patch:1:1: a file that is on one side only"},
      {"Binary files a/x and b/x differ\n", "d.patch:1:1: files that differ are not shown"},
      {git_file("x", "@@ -1 +1 @@\n-a\n+b\n") + git_file("x", "@@ -1 +1 @@\n-a\n+b\n"),
       "d.patch:8:1: 'x' is in this text twice"},
  };
  for (const auto& wrong : cases) {
    CAPTURE(wrong.text);
    const auto message = failure(wrong.text);
    CAPTURE(message);
    CHECK(message.find(wrong.message) != std::string::npos);
  }
}

TEST_CASE("diff: an empty text is an empty change set, known by its digest") {
  for (const std::string text : {"", "\n", " \r\n\n"}) {
    const auto changes = parse_diff(text, "d.patch");
    CHECK(changes.files.empty());
    CHECK(changes.origin == "d.patch");
    CHECK(changes.sha256 == sha256_hex(text));
  }
}

TEST_CASE("diff: added lines are counted on the new side, in ranges") {
  const auto file = only_file(two_hunks);
  CHECK(file.path == "src/a.c");
  CHECK(file.kind == Kind::modified);
  CHECK(file.lines_known);
  CHECK(file.lines == Ranges{{2, 3}, {21, 22}});
  CHECK(only_file(with_crlf(two_hunks)).lines == file.lines);
  CHECK(only_file(with_crlf(two_hunks)).path == "src/a.c");
}

TEST_CASE("diff: a hunk's content may look like headers") {
  const auto file =
      only_file(git_file("x",
                         "@@ -1,3 +1,4 @@\n--- a/y\n+++ b/y\n+@@ -1 +1 @@\n-diff --git a/z b/z\n"
                         " \n+\\ No newline at end of file\n"));
  CHECK(file.path == "x");
  CHECK(file.lines == Ranges{{1, 2}, {4, 4}});
}

TEST_CASE("diff: an empty context line may have lost its blank") {
  CHECK(only_file(git_file("x", "@@ -1,2 +1,3 @@\n\n+a\n\r\n")).lines == Ranges{{2, 2}});
}

TEST_CASE("diff: new, deleted, empty and retyped files") {
  const auto added = only_file(
      "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..1234567\n--- /dev/null\n+++ b/n\n@@ -0,0 "
      "+1,2 @@\n+a\n+b\n");
  CHECK(added.kind == Kind::added);
  CHECK(added.lines == Ranges{{1, 2}});
  const auto deleted = only_file(
      "diff --git a/n b/n\ndeleted file mode 100644\nindex 1234567..0000000\n--- a/n\n+++ /dev/null\n@@ -1 "
      "+0,0 @@\n-a\n");
  CHECK(deleted.kind == Kind::deleted);
  CHECK(deleted.path == "n");
  CHECK(deleted.lines.empty());
  const auto empty = only_file("diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n");
  CHECK(empty.kind == Kind::added);
  CHECK(empty.lines_known);
  const auto retyped = only_file(
      "diff --git a/t b/t\ndeleted file mode 100644\nindex 1234567..0000000\n--- a/t\n+++ /dev/null\n@@ -1 "
      "+0,0 @@\n-a\n"
      "diff --git a/t b/t\nnew file mode 120000\nindex 0000000..1234567\n--- /dev/null\n+++ b/t\n@@ -0,0 +1 "
      "@@\n+a\n"
      "\\ No newline at end of file\n");
  CHECK(retyped.kind == Kind::modified);
  CHECK(retyped.lines == Ranges{{1, 1}});
}

TEST_CASE("diff: a mode change touches the file and no line") {
  const auto file = only_file("diff --git a/run b/run\nold mode 100644\nnew mode 100755\n");
  CHECK(file.path == "run");
  CHECK(file.lines_known);
  CHECK(file.lines.empty());
}

TEST_CASE("diff: content that changed without a hunk may have changed anywhere") {
  CHECK_FALSE(only_file("diff --git a/x b/x\n").lines_known);
  CHECK_FALSE(only_file("diff --git a/x b/x\nindex 1111111..2222222 100644\n").lines_known);
  CHECK_FALSE(only_file("diff --git a/x b/x\nnew file mode 100644\nindex 0000000..2222222\n").lines_known);
  CHECK_FALSE(only_file("diff --git a/x b/x\nold mode 100644\nnew mode 100755\nindex 1..2\n").lines_known);
}

TEST_CASE("diff: renames and copies, with and without changes") {
  const auto moved = only_file(
      "diff --git a/old name.c b/new/name.c\nsimilarity index 100%\nrename from old name.c\nrename to "
      "new/name.c\n");
  CHECK(moved.kind == Kind::renamed);
  CHECK(moved.path == "new/name.c");
  CHECK(moved.old_path == "old name.c");
  CHECK(moved.lines_known);
  const auto edited = only_file(
      "diff --git a/o b/n\nsimilarity index 90%\nrename from o\nrename to n\nindex 1..2 100644\n--- a/o\n+++ "
      "b/n\n"
      "@@ -3 +3 @@\n-a\n+b\n");
  CHECK(edited.path == "n");
  CHECK(edited.lines == Ranges{{3, 3}});
  const auto copy = only_file("diff --git a/o b/n\nsimilarity index 100%\ncopy from o\ncopy to n\n");
  CHECK(copy.kind == Kind::copied);
  CHECK(copy.old_path == "o");
  const auto quoted = only_file(
      "diff --git \"a/\\303\\244\" b/n\nsimilarity index 100%\nrename from \"\\303\\244\"\nrename to n\n");
  CHECK(quoted.old_path == "\xC3\xA4");
  const auto swapped = parse_diff(
      "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"
      "diff --git a/y b/x\nsimilarity index 100%\nrename from y\nrename to x\n",
      "d");
  CHECK(swapped.files.size() == 2);
}

TEST_CASE("diff: binary files change in full") {
  const auto named =
      only_file("diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n");
  CHECK(named.binary);
  CHECK(named.path == "i.png");
  const auto patch = parse_diff(
      "diff --git a/i.png b/i.png\nindex 1111..2222 100644\nGIT binary patch\nliteral 3\nKcmZQ%U|?Wi0000\n\n"
      "literal 2\nJcmZQzU|;|M00\n\ndiff --git a/z b/z\nold mode 100644\nnew mode 100755\n",
      "d");
  REQUIRE(patch.files.size() == 2);
  CHECK(patch.files[0].binary);
  CHECK_FALSE(patch.files[1].binary);
}

TEST_CASE("diff: submodules in every form that git shows them in") {
  const auto moved = only_file(
      "diff --git a/sub b/sub\nindex 1111111..2222222 160000\n--- a/sub\n+++ b/sub\n@@ -1 +1 @@\n"
      "-Subproject commit 1111111\n+Subproject commit 2222222\n");
  CHECK(moved.kind == Kind::submodule);
  CHECK_FALSE(moved.lines_known);
  const auto added = only_file(
      "diff --git a/sub b/sub\nnew file mode 160000\nindex 0000000..2222222\n--- /dev/null\n+++ b/sub\n@@ "
      "-0,0 +1 @@\n"
      "+Subproject commit 2222222\n");
  CHECK(added.kind == Kind::submodule);
  CHECK(only_file("Submodule lib/my sub 1111111..2222222:\n  > a commit\n").path == "lib/my sub");
  CHECK(only_file("Submodule sub 0000000...2222222 (new submodule)\n").kind == Kind::submodule);
  // A plain file that says so is none.
  CHECK(only_file(git_file("x", "@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n")).kind ==
        Kind::modified);
}

TEST_CASE("diff: quoted and odd names are read as git means them") {
  const auto quoted = [](const std::string& name) {
    return only_file("diff --git \"a/" + name + "\" \"b/" + name + "\"\nindex 1..2 100644\n--- \"a/" + name +
                     "\"\n+++ \"b/" + name + "\"\n@@ -1 +1 @@\n-a\n+b\n")
        .path;
  };
  CHECK(quoted("t\\tb") == "t\tb");
  CHECK(quoted("q\\\"q") == "q\"q");
  CHECK(quoted("n\\nl") == "n\nl");
  CHECK(quoted("\\303\\244.c") == "\xC3\xA4.c");
  CHECK(quoted("\\377.c") == "\xEF\xBF\xBD.c");  // no UTF-8: as everywhere in a record
  CHECK(quoted("d\\\\x") == "d/x");              // as the paths of findings are folded
  CHECK(only_file("diff --git a/my file b/my file\nindex 1..2 100644\n--- a/my file\t\n+++ b/my file\t\n@@ "
                  "-1 +1 @@\n-a\n+b\n")
            .path == "my file");
  CHECK(only_file("diff --git a/x b/x b/x b/x\nold mode 100644\nnew mode 100755\n").path == "x b/x");
}

TEST_CASE("diff: without prefixes, and with git's mnemonic ones") {
  CHECK(only_file("diff --git src/x src/x\nindex 1..2 100644\n--- src/x\n+++ src/x\n@@ -1 +1 @@\n-a\n+b\n")
            .path == "src/x");
  CHECK(only_file("diff --git a/x a/x\nindex 1..2 100644\n--- a/x\n+++ a/x\n@@ -1 +1 @@\n-a\n+b\n").path ==
        "a/x");
  CHECK(only_file("diff --git i/x w/x\nindex 1..2 100644\n--- i/x\n+++ w/x\n@@ -1 +1 @@\n-a\n+b\n").path ==
        "x");
  CHECK(
      only_file(
          "diff --git b/x b/x\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n")
          .path == "b/x");
  CHECK(only_file("diff --git o/x n/x\nrename from o/x\nrename to n/x\nindex 1..2\n--- o/x\n+++ n/x\n@@ -1 "
                  "+1 @@\n-a\n+b\n")
            .path == "n/x");
}

TEST_CASE("diff: plain diff -u, with time stamps") {
  CHECK(only_file("--- a/x.c\t2026-01-01 10:00:00.0 +0000\n+++ b/x.c\t2026-01-02 10:00:00.0 +0000\n@@ -1 +1 "
                  "@@\n-a\n+b\n")
            .path == "x.c");
  CHECK(only_file("--- dir/x.c.orig\t2026\n+++ dir/x.c\t2026\n@@ -1 +1 @@\n-a\n+b\n").path == "dir/x.c");
  CHECK(only_file("--- ./x y.c\t2026\n+++ ./x y.c\t2026\n@@ -1 +1 @@\n-a\n+b\n").path == "x y.c");
  CHECK(only_file("--- \"a/t\\tb\"\t2026\n+++ \"b/t\\tb\"\t2026\n@@ -1 +1 @@\n-a\n+b\n").path == "t\tb");
  const auto deleted = only_file("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
  CHECK(deleted.kind == Kind::deleted);
  CHECK(deleted.path == "x");
}

TEST_CASE("diff: whether b/ beside /dev/null is a prefix, the other files tell") {
  const std::string added = "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+a\n";
  CHECK(only_file(added).path == "new");
  const auto bare = parse_diff(added + "--- src/x\n+++ src/x\n@@ -1 +1 @@\n-a\n+b\n", "d");
  CHECK(bare.find("b/new"));
  const auto prefixed = parse_diff(added + "--- a/src/x\n+++ b/src/x\n@@ -1 +1 @@\n-a\n+b\n", "d");
  CHECK(prefixed.find("new"));
}

TEST_CASE("diff: text around the files is passed over") {
  const std::string mail =
      "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.com>\nSubject: [PATCH] x\n\n- a point\n--- not "
      "a header\n"
      " indented\n---\n x | 2 +-\n\n" +
      git_file("x", "@@ -1 +1 @@\n-a\n+b\n-- \n2.39.5\n\n");
  CHECK(only_file(mail).lines == Ranges{{1, 1}});
  CHECK(only_file("Index: x\n=======\n--- x\t(revision 1)\n+++ x\t(working copy)\n@@ -1 +1 "
                  "@@\n-a\n+b\n\nProperty changes on: x\n")
            .path == "x");
}

TEST_CASE("diff: files come sorted whatever their order") {
  const auto changes =
      parse_diff(git_file("z", "@@ -1 +1 @@\n-a\n+b\n") + git_file("a", "@@ -1 +1 @@\n-a\n+b\n"), "d");
  REQUIRE(changes.files.size() == 2);
  CHECK(changes.files[0].path == "a");
}

TEST_CASE("diff: long lines and many hunks are read in linear time") {
  std::string text = git_file("x", "@@ -1 +1 @@\n-a\n+" + std::string(10'000'000, 'x') + "\n");
  for (int i = 0; i < 200'000; ++i)
    text += "@@ -" + std::to_string(3 * i + 5) + " +" + std::to_string(3 * i + 5) + " @@\n-a\n+b\n";
  CHECK(only_file(text).lines.size() == 200'001);
}
