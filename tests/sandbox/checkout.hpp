// A git checkout with one commit, for what the sandbox does to repositories.
// Not for: tests of git itself (sys/git_test.cpp).
#pragma once

#include <string>
#include <vector>

#include "base/text.hpp"
#include "support/files.hpp"
#include "sys/process.hpp"

namespace kolega::test {

class Checkout {
 public:
  Checkout() {
    dir.write("src/a.c", "int a;\nstrcpy(a, b);\nint c;\n");
    dir.write("README", "read me\n");
    git({"init", "-q", "-b", "main", "."});
    commit("first");
  }
  void commit(const std::string& message) {
    git({"add", "--all"});
    git({"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", message});
  }
  /// Standard output without its last line break; throws when git fails.
  std::string git(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{"git"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    sys::ProcessOptions options;
    options.directory = dir.path().string();
    options.environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_NOSYSTEM", "1"}};
    const auto result = sys::run_process(command, options);
    if (result.exit_code != 0) throw std::runtime_error("git " + join(arguments, " ") + ": " + result.err);
    return std::string(trim(result.out));
  }
  /// What must not change: head, branch, index and work tree.
  std::string state() const {
    return git({"rev-parse", "HEAD"}) + git({"symbolic-ref", "HEAD"}) + git({"status", "--porcelain"}) +
           git({"diff", "--cached"}) + git({"diff"});
  }

  TempDir dir{};
};

}  // namespace kolega::test
