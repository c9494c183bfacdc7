#include "sys/git.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/files.hpp"
#include "sys/process.hpp"

using namespace kolega;
using sys::full_name_of_remote;
using test::TempDir;

namespace {

void git(const TempDir& dir, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-c", "user.name=t", "-c", "user.email=t@example.org"});
  sys::ProcessOptions options;
  options.directory = dir.path();
  const auto result = sys::run_process(arguments, options);
  REQUIRE_MESSAGE(result.exit_code == 0, result.err);
}

}  // namespace

TEST_CASE("the full name of a remote, in every usual form") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"https://github.com/octo/demo.git", "octo/demo"},
      {"https://github.com/octo/demo", "octo/demo"},
      {"https://github.com/octo/demo/", "octo/demo"},
      {"https://x-access-token:ghs_secret@github.com/octo/demo.git", "octo/demo"},
      {"https://user@corp:p@ss@github.example.com:8443/octo/demo.git", "octo/demo"},
      {"http://github.com/octo/demo.git?x=1#y", "octo/demo"},
      {"git@github.com:octo/demo.git", "octo/demo"},
      {"github.com:octo/demo", "octo/demo"},
      {"git@github.com:/octo/demo.git", "octo/demo"},
      {"ssh://git@github.com/octo/demo.git", "octo/demo"},
      {"ssh://git@github.com:22/octo/demo.git", "octo/demo"},
      {"git://github.com/octo/demo.git", "octo/demo"},
      {"  https://github.com/octo/demo.git\n", "octo/demo"},
      {"https://github.com/octo/.git", ""},
      {"https://gitlab.com/group/sub/deeper/demo.git", "group/sub/deeper/demo"},
      {"git@gitlab.example.com:group/sub/demo.git", "group/sub/demo"},
      {"https://dev.azure.com/org/project/_git/repo", "org/project/repo"},
      {"https://org@dev.azure.com/org/My%20Project/_git/repo", "org/My Project/repo"},
      {"https://dev.azure.com/org/_git/repo", "org/repo/repo"},
      {"git@ssh.dev.azure.com:v3/org/project/repo", "org/project/repo"},
      {"https://org.visualstudio.com/project/_git/repo", "org/project/repo"},
      {"https://org.visualstudio.com/DefaultCollection/project/_git/repo", "org/project/repo"},
      {"org@vs-ssh.visualstudio.com:v3/org/project/repo", "org/project/repo"},
      {"https://notdev.azure.com.example.org/org/project/_git/repo", "org/project/_git/repo"},
      {"", ""},
      {"demo", ""},
      {"/srv/git/octo/demo.git", ""},
      {"../octo/demo.git", ""},
      {"./odd:octo/demo.git", ""},
      {"C:\\code\\octo\\demo", ""},
      {"C:/code/octo/demo", ""},
      {"file:///srv/git/octo/demo.git", ""},
      {"https://github.com", ""},
      {"https://github.com/octo", ""},
      {"https:///octo/demo", ""},
      {"https://github.com/octo/../demo", ""},
      {"https://github.com/octo/%2e%2e/demo", ""},
      {"https://github.com/octo/de%2Fmo", ""},
      {"https://github.com/octo/de\x1b[31mmo", ""},
      {"https://github.com/octo/de%0amo", ""},
      {"https://github.com/octo/user:secret@demo", ""},
      {"https://github.com/octo/" + std::string(5000, 'x'), ""},
  };
  for (const auto& [url, name] : rows) {
    INFO(url);
    CHECK(full_name_of_remote(url).value_or("") == name);
  }
}

TEST_CASE("the facts of a work tree") {
  const TempDir dir;
  CHECK(sys::git_facts(dir.path()).remotes.empty());
  CHECK(sys::git_facts("/nonexistent").remotes.empty());
  git(dir, {"init", "-q", "-b", "topic/one"});
  CHECK(sys::git_facts(dir.path()).commit.empty());
  CHECK(sys::git_facts(dir.path()).branch == "topic/one");

  git(dir, {"commit", "-q", "--allow-empty", "-m", "first"});
  git(dir, {"remote", "add", "fork", "git@github.com:me/demo.git"});
  git(dir, {"remote", "add", "origin", "https://token:secret@github.com/octo/demo.git"});
  git(dir, {"remote", "add", "again", "ssh://git@github.com/octo/demo"});
  git(dir, {"remote", "add", "local", "/srv/git/demo.git"});
  const auto facts = sys::git_facts(dir.path());
  CHECK(facts.remotes == std::vector<std::string>{"octo/demo", "me/demo"});
  CHECK(facts.commit.size() == 40);
  git(dir, {"checkout", "-q", "--detach"});
  CHECK(sys::git_facts(dir.path()).branch.empty());
  CHECK(sys::git_facts(dir.path()).commit == facts.commit);
}

TEST_CASE("the facts of a work tree from below its root, of a bare repository and of a path with a line end") {
  const TempDir dir;
  const auto odd = dir.file("odd") + "\nrefs/heads/none";
  std::filesystem::create_directories(odd);
  git(dir, {"init", "-q", "-b", "main", odd});
  git(dir, {"-C", odd, "commit", "-q", "--allow-empty", "-m", "first"});
  git(dir, {"-C", odd, "remote", "add", "origin", "https://github.com/octo/demo"});
  git(dir, {"clone", "-q", "--bare", odd, dir.file("bare")});
  std::filesystem::create_directories(odd + "/a/b");
  const auto facts = sys::git_facts(odd);
  CHECK(facts.commit.size() == 40);
  CHECK(facts.branch == "main");
  CHECK(facts.remotes == std::vector<std::string>{"octo/demo"});
  for (const auto& place : {odd + "/a/b", dir.file("bare"), dir.file("bare") + "/refs"}) {
    CAPTURE(place);
    CHECK(sys::git_facts(place).commit == facts.commit);
    CHECK(sys::git_facts(place).branch == "main");
  }
}

TEST_CASE("a hostile repository runs nothing") {
  const TempDir dir;
  git(dir, {"init", "-q", "-b", "main"});
  git(dir, {"commit", "-q", "--allow-empty", "-m", "first"});
  const auto trap = dir.write("trap", "#!/bin/sh\ntouch '" + dir.file("sprung") + "'\n");
  std::filesystem::permissions(trap, std::filesystem::perms::owner_all);
  git(dir, {"remote", "add", "origin", "https://github.com/octo/demo"});
  for (const auto* key : {"core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.askPass",
                          "alias.config", "alias.rev-parse", "diff.external", "pager.config"}) {
    git(dir, {"config", key, trap});
  }
  git(dir, {"config", "core.hooksPath", dir.path()});
  std::filesystem::copy_file(trap, dir.file("reference-transaction"));
  std::filesystem::copy_file(trap, dir.file("post-index-change"));
  std::filesystem::remove(dir.file("sprung"));
  CHECK(sys::git_facts(dir.path()).remotes == std::vector<std::string>{"octo/demo"});
  CHECK_FALSE(std::filesystem::exists(dir.file("sprung")));
}
