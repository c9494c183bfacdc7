// What a merge request changes: files once each, in order, with lines that ascend; paths inside the
// repository.
#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "ingest/diff.hpp"

namespace kolega::fuzz {

namespace {

void require_sound(const ChangeSet& changes) {
  const std::string* before = nullptr;
  for (const auto& file : changes.files) {
    require(!file.path.empty() && file.path.front() != '/', "a changed path is relative");
    require(("/" + file.path + "/").find("/../") == std::string::npos, "a changed path does not climb");
    require(!before || *before < file.path, "each file once, in order");
    before = &file.path;
    std::uint32_t last = 0;
    for (const auto& range : file.lines) {
      require(range.first > last && range.last >= range.first, "lines ascend and do not overlap");
      last = range.last;
    }
    require(changes.find(file.path) == &file, "a changed file is found");
  }
}

template <class Parse>
void run_with(std::string_view bytes, Parse parse) {
  try {
    require_sound(parse(bytes, "changes.patch"));
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input, "a diff that cannot be read is the input's fault");
  }
}

}  // namespace

void run_diff(std::string_view bytes) {
  run_with(bytes, ingest::parse_diff);
  run_with(bytes, [](std::string_view text, const std::string& file) { return ingest::parse_changed_files(text, file); });
}

std::vector<std::string> diff_seeds() {
  return {
      "diff --git a/src/a.c b/src/a.c\nindex 1111111..2222222 100644\n--- a/src/a.c\n+++ b/src/a.c\n@@ -1,2 "
      "+1,3 @@ f()\n a\n-b\n+c\n+d\n",
      "diff --git a/old name.c b/new.c\nsimilarity index 90%\nrename from old name.c\nrename to new.c\n--- "
      "a/old name.c\t\n+++ b/new.c\t\n@@ -3 +3 @@\n-x\n+y\n\\ No newline at end of file\n",
      "diff --git \"a/\\303\\244.c\" \"b/\\303\\244.c\"\nnew file mode 100644\nindex 0000000..3333333\n--- "
      "/dev/null\n+++ \"b/\\303\\244.c\"\n@@ -0,0 +1 @@\n+z\n",
      "diff --git a/img.png b/img.png\nindex 1111111..2222222 100644\nBinary files a/img.png and b/img.png "
      "differ\n",
      "diff --git a/sub b/sub\nindex 1111111..2222222 160000\n--- a/sub\n+++ b/sub\n@@ -1 +1 @@\n-Subproject "
      "commit 1111111111111111111111111111111111111111\n+Subproject commit "
      "2222222222222222222222222222222222222222\n",
      "--- a.c\t2026-01-01 00:00:00\n+++ a.c\t2026-01-02 00:00:00\n@@ -1 +1 @@\n-1\r\n+2\r\n",
      "src/a.c\n./src/b.c\n",
  };
}

}  // namespace kolega::fuzz
