#include "sys/git_diff.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "ingest/diff.hpp"
#include "support/files.hpp"
#include "sys/process.hpp"

using namespace kolega;
using Kind = ChangedFile::Kind;
using Ranges = std::vector<LineRange>;

namespace {

/// A repository in a directory of its own, with a configuration that nobody else has a say in.
class Repo {
 public:
  explicit Repo(bool init = true) {
    if (init) git({"init", "-q", "-b", "main", "."});
  }
  std::string dir() const { return temp_.path().string(); }
  std::string git(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"git", "-c", "protocol.file.allow=always", "-c", "user.name=T", "-c",
                                         "user.email=t@example.com"});
    sys::ProcessOptions options;
    options.directory = dir();
    options.environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_NOSYSTEM", "1"}};
    const auto result = sys::run_process(arguments, options);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    return std::string(trim(result.out));
  }
  void write(const std::string& name, const std::string& text) const { temp_.write(name, text); }
  void commit(const std::string& message) const {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", message});
  }

 private:
  test::TempDir temp_;
};

const std::string ten_lines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

/// main has moved on since the branch "change" left it; HEAD is the change.
void make_history(const Repo& repo) {
  repo.write("src/a.c", ten_lines);
  repo.write("gone.c", "x\ny\n");
  repo.write("old name.c", ten_lines + "11\n");
  repo.commit("base");
  repo.git({"checkout", "-q", "-b", "change"});
  repo.write("src/a.c", "1\n2\nnew\n3\n4\n5\n6\n7\n8\nnine\n10");
  repo.write("t\tb \xC3\xA4.c", "n\n");
  repo.git({"rm", "-q", "gone.c"});
  repo.git({"mv", "old name.c", "new name.c"});
  repo.commit("change");
  repo.git({"checkout", "-q", "main"});
  repo.write("src/other.c", "moved on\n");
  repo.commit("moved on");
  repo.git({"checkout", "-q", "change"});
}

ChangeSet changes_of(const std::string& dir, const std::string& base) {
  const auto diff = sys::git_diff(dir, base);
  return ingest::parse_diff(diff.text, diff.origin);
}

struct Failure {
  ErrorKind kind{};
  std::string message{};
  std::string hint{};
};

Failure failure(const std::string& dir, const std::string& base) {
  try {
    sys::git_diff(dir, base);
  } catch (const Error& error) {
    return {error.kind(), error.message(), error.hint()};
  }
  return {ErrorKind::internal, "accepted", {}};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void check_changes(const ChangeSet& changes) {
  REQUIRE(changes.files.size() == 4);
  REQUIRE(changes.find("src/a.c"));
  CHECK(changes.find("src/a.c")->lines == Ranges{{3, 3}, {10, 11}});
  REQUIRE(changes.find("gone.c"));
  CHECK(changes.find("gone.c")->kind == Kind::deleted);
  REQUIRE(changes.find("new name.c"));
  CHECK(changes.find("new name.c")->old_path == "old name.c");
  REQUIRE(changes.find("t\tb \xC3\xA4.c"));
  CHECK(changes.find("t\tb \xC3\xA4.c")->kind == Kind::added);
}

}  // namespace

TEST_CASE("git diff: a base that is no name of a commit is refused before git sees it") {
  Repo repo;
  make_history(repo);
  for (const std::string ref : {"--output=pwned", "-p", "main..change", "main...", "^main", "HEAD:src", "a b",
                                "main\n", "*", "\"x\""}) {
    CAPTURE(ref);
    const auto error = failure(repo.dir(), ref);
    CHECK(error.kind == ErrorKind::usage);
    CHECK(has(error.message, "not the name of a commit"));
  }
  CHECK_FALSE(std::filesystem::exists(repo.dir() + "/pwned"));
}

TEST_CASE("git diff: what is missing is named, with its remedy") {
  test::TempDir empty;
  const auto none = failure(empty.path().string(), "main");
  CHECK(none.kind == ErrorKind::context);
  CHECK(has(none.message, "there is no git repository"));
  CHECK(has(none.hint, "--diff"));

  Repo repo;
  CHECK(has(failure(repo.dir(), "HEAD").message, "base 'HEAD' is not in this repository"));
  make_history(repo);
  const auto missing = failure(repo.dir(), "release/1");
  CHECK(missing.kind == ErrorKind::context);
  CHECK(has(missing.message, "base 'release/1' is not in this repository"));
  CHECK(has(missing.hint, "git fetch origin release/1"));
  CHECK(has(failure(repo.dir(), "").message, "the default branch of origin is not known"));

  repo.git({"checkout", "-q", "--orphan", "alone"});
  repo.commit("another root");
  const auto unrelated = failure(repo.dir(), "main");
  CHECK(unrelated.kind == ErrorKind::context);
  CHECK(has(unrelated.message, "have no commit in common"));
  CHECK_FALSE(has(unrelated.message, "shallow"));
}

TEST_CASE("git diff: only what the change itself did, from the merge base") {
  Repo repo;
  make_history(repo);
  check_changes(changes_of(repo.dir(), "main"));
  check_changes(changes_of(repo.dir(), repo.git({"rev-parse", "main"})));
  check_changes(changes_of(repo.dir() + "/src", "main"));
  const auto diff = sys::git_diff(repo.dir(), "main");
  CHECK(diff.origin == "git diff main...HEAD");
  CHECK(diff.base == repo.git({"merge-base", "main", "HEAD"}));
  CHECK(diff.head == repo.git({"rev-parse", "HEAD"}));
  CHECK(changes_of(repo.dir(), "HEAD").files.empty());
}

TEST_CASE("git diff: a name with more than one meaning is refused, and origin's branch is origin's") {
  Repo repo;
  make_history(repo);
  const auto main = repo.git({"rev-parse", "main"});
  repo.git({"update-ref", "refs/remotes/origin/main", main});
  // As many as there are, as long as they are one commit.
  repo.git({"tag", "main", main});
  check_changes(changes_of(repo.dir(), "main"));
  // What a merge request can bring: tags, and branches of a clone, at its own head.
  for (const std::string kind : {"tag", "branch"}) {
    repo.git({kind, "origin/main", "HEAD"});
    check_changes(changes_of(repo.dir(), "origin/main"));
    CHECK(sys::git_diff(repo.dir(), "origin/main").origin == "git diff origin/main...HEAD");
  }
  repo.git({"tag", "-f", "main", "HEAD"});
  const auto refused = [&](const std::string& ref, const std::string& one, const std::string& other) {
    CAPTURE(ref);
    const auto error = failure(repo.dir(), ref);
    CAPTURE(error.message);
    CHECK(error.kind == ErrorKind::usage);
    CHECK(has(error.message, "more than one meaning"));
    CHECK(has(error.message, one));
    CHECK(has(error.message, other));
    CHECK_FALSE(error.hint.empty());
  };
  refused("main", "refs/tags/main", "refs/heads/main");
  refused("main^0", "refs/tags/main", "refs/heads/main");
  CHECK(has(failure(repo.dir(), "main").hint, "--base refs/heads/main"));
  check_changes(changes_of(repo.dir(), "refs/heads/main"));
  check_changes(changes_of(repo.dir(), "refs/remotes/origin/main"));
  // As in a CI, where no branch of that name was made.
  repo.git({"branch", "-q", "-D", "main"});
  refused("main", "refs/tags/main", "refs/remotes/origin/main");
  repo.git({"tag", "HEAD", main});
  refused("HEAD", "HEAD", "refs/tags/HEAD");
  const auto digits = main.substr(0, 10);
  check_changes(changes_of(repo.dir(), digits));
  repo.git({"tag", digits, "change"});
  refused(digits, "refs/tags/" + digits, "an object");
  repo.git({"tag", main, "change"});
  check_changes(changes_of(repo.dir(), main));
  repo.git({"update-ref", "refs/remotes/up/dev", main});
  check_changes(changes_of(repo.dir(), "up/dev"));
  repo.git({"tag", "up/dev", "change"});
  refused("up/dev", "refs/tags/up/dev", "refs/remotes/up/dev");
}

TEST_CASE("git diff: origin's branch that is not here is not taken from a tag or a branch of that name") {
  Repo repo;
  make_history(repo);
  for (const std::string kind : {"tag", "branch"}) {
    repo.git({kind, "origin/next", "HEAD"});
    const auto error = failure(repo.dir(), "origin/next");
    CHECK(error.kind == ErrorKind::context);
    CHECK(has(error.hint, "git fetch origin next"));
  }
}

TEST_CASE("git diff: the repository's configuration changes nothing and starts nothing") {
  Repo repo;
  make_history(repo);
  const std::string touch = "touch '" + repo.dir() + "/pwned'; false";
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"diff.external", touch},
                                                        {"diff.evil.command", touch},
                                                        {"diff.evil.textconv", touch},
                                                        {"core.pager", touch},
                                                        {"core.fsmonitor", touch},
                                                        {"diff.noprefix", "true"},
                                                        {"diff.mnemonicPrefix", "true"},
                                                        {"diff.relative", "true"},
                                                        {"diff.renames", "false"},
                                                        {"diff.ignoreSubmodules", "all"},
                                                        {"color.ui", "always"},
                                                        {"diff.context", "9"},
                                                        {"diff.interHunkContext", "9"},
                                                        {"diff.submodule", "log"},
                                                        {"core.quotePath", "false"},
                                                        {"diff.suppressBlankEmpty", "true"}}) {
    repo.git({"config", key, value});
  }
  repo.write(".git/info/attributes", "*.c diff=evil\n");
  check_changes(changes_of(repo.dir() + "/src", "main"));
  CHECK_FALSE(std::filesystem::exists(repo.dir() + "/pwned"));
}

TEST_CASE("git diff: a submodule cannot be hidden by the change's own .gitmodules") {
  Repo library;
  library.write("x.c", "1\n");
  library.commit("one");
  Repo repo;
  repo.git({"submodule", "--quiet", "add", "--name", "sub", "file://" + library.dir(), "sub"});
  repo.commit("base");
  repo.git({"checkout", "-q", "-b", "change"});
  library.write("x.c", "2\n");
  library.commit("two");
  repo.git({"-C", "sub", "fetch", "-q", "origin"});
  repo.git({"-C", "sub", "checkout", "-q", "origin/main"});
  repo.git({"config", "-f", ".gitmodules", "submodule.sub.ignore", "all"});
  repo.git({"add", "--force", "sub"});
  repo.commit("move");
  const auto changes = changes_of(repo.dir(), "main");
  REQUIRE(changes.find("sub"));
  CHECK(changes.find("sub")->kind == Kind::submodule);
  CHECK(changes.touches_lines("sub/x.c", 1, 1));
}

TEST_CASE("git diff: clones, whole and shallow") {
  Repo origin;
  make_history(origin);
  const auto url = "file://" + origin.dir();
  Repo whole(false);
  whole.git({"clone", "-q", "--branch", "change", url, "."});
  SUBCASE("a base that only origin has is found there") {
    check_changes(changes_of(whole.dir(), "main"));
    CHECK(sys::git_diff(whole.dir(), "main").origin == "git diff origin/main...HEAD");
  }
  SUBCASE("the default base is origin's default branch") {
    whole.git({"remote", "set-head", "origin", "main"});
    check_changes(changes_of(whole.dir(), ""));
    whole.git({"remote", "set-head", "origin", "--delete"});
    check_changes(changes_of(whole.dir(), ""));
  }
  SUBCASE("on the default branch nothing is not the answer") {
    whole.git({"remote", "set-head", "origin", "main"});
    whole.git({"checkout", "-q", "main"});
    const auto error = failure(whole.dir(), "");
    CHECK(error.kind == ErrorKind::context);
    CHECK(has(error.message, "HEAD is part of origin/"));
    CHECK(has(error.hint, "--base"));
  }
  SUBCASE("a shallow clone without the base says how to get it") {
    Repo shallow(false);
    shallow.git({"clone", "-q", "--depth", "1", "--branch", "change", url, "."});
    const auto error = failure(shallow.dir(), "main");
    CHECK(error.kind == ErrorKind::context);
    CHECK(has(error.hint, "git fetch origin main"));
    CHECK(has(error.hint, "fetch-depth: 0"));
  }
  SUBCASE("a shallow clone without the merge base says how to get it, and then works") {
    Repo shallow(false);
    shallow.git({"clone", "-q", "--depth", "1", "--no-single-branch", "--branch", "change", url, "."});
    const auto error = failure(shallow.dir(), "main");
    CHECK(error.kind == ErrorKind::context);
    CHECK(has(error.message, "this clone is shallow"));
    CHECK(has(error.hint, "git fetch --unshallow"));
    shallow.git({"fetch", "-q", "--unshallow"});
    check_changes(changes_of(shallow.dir(), "main"));
  }
}

TEST_CASE("git diff: a partial clone that lacks files is an error, not a download") {
  Repo origin;
  make_history(origin);
  origin.git({"config", "uploadpack.allowFilter", "true"});
  Repo partial(false);
  partial.git({"clone", "-q", "--filter=blob:none", "--no-checkout", "--branch", "change",
               "file://" + origin.dir(), "."});
  const auto error = failure(partial.dir(), "main");
  CHECK(error.kind == ErrorKind::context);
  CHECK(has(error.message, "git diff failed"));
  CHECK(has(error.hint, "partial clone"));
}
