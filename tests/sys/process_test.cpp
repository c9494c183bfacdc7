#include "sys/process.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>

#include <thread>

#include "base/error.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;
using namespace std::chrono_literals;

namespace {

sys::ProcessResult shell(const std::string& line, const sys::ProcessOptions& options = {}) {
  return sys::run_process({"/bin/sh", "-c", line}, options);
}

template <class Call>
std::chrono::milliseconds time_of(Call call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

TEST_CASE("exit code, output and errors of a program") {
  const auto result = shell("printf out; printf err >&2; exit 7");
  CHECK(result.exit_code == 7);
  CHECK(result.out == "out");
  CHECK(result.err == "err");
  CHECK_FALSE(result.timed_out);
  CHECK(shell("kill -9 $$").exit_code == 137);
}

TEST_CASE("arguments are passed as they are, without a shell") {
  CHECK(sys::run_process({"printf", "%s|", "$(id)", "a b", "`x`", ""}).out == "$(id)|a b|`x`||");
}

TEST_CASE("a program that does not exist, or a directory, is an error of use") {
  CHECK_THROWS_WITH_AS(sys::run_process({"kolega-no-such-program"}),
                       "cannot start kolega-no-such-program: No such file or directory", Error);
  sys::ProcessOptions options;
  options.directory = "/nonexistent";
  CHECK_THROWS_AS(shell("true", options), Error);
  CHECK_THROWS_AS(sys::run_process({"/"}), Error);
}

TEST_CASE("large output on both streams at once does not block") {
  const auto result = shell("head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2; printf tail >&2");
  CHECK(result.out.size() == 3'000'000);
  CHECK(result.err.size() == 64 * 1024);
  CHECK(result.err.ends_with("tail"));
}

TEST_CASE("too much output ends the program") {
  sys::ProcessOptions options;
  options.output_limit = 1000;
  CHECK_THROWS_WITH_AS(shell("yes", options), "/bin/sh: more than 1000 bytes of output", Error);
}

TEST_CASE("a timeout ends the program and everything that it started") {
  const TempDir dir;
  sys::ProcessOptions options;
  options.timeout = 200ms;
  options.directory = dir.path();
  const auto taken = time_of([&] {
    const auto result = shell("(sleep 1; touch survived) & printf begun; sleep 60", options);
    CHECK(result.timed_out);
    CHECK(result.exit_code == 137);
    CHECK(result.out == "begun");
  });
  CHECK(taken < 5s);
  std::this_thread::sleep_for(1200ms);
  CHECK_FALSE(std::filesystem::exists(dir.file("survived")));
}

TEST_CASE("a program that ends is not waited for through what it left in the background") {
  const auto taken = time_of([] { CHECK(shell("sleep 60 & printf done").out == "done"); });
  CHECK(taken < 5s);
}

TEST_CASE("a program that closes its output is still waited for") {
  CHECK(shell("exec >&- 2>&-; sleep 0.2; exit 5").exit_code == 5);
}

TEST_CASE("a stop ends the program") {
  std::stop_source source;
  sys::ProcessOptions options;
  options.stop = source.get_token();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    source.request_stop();
  });
  const auto taken =
      time_of([&] { CHECK_THROWS_WITH_AS(shell("sleep 60", options), "/bin/sh: interrupted", Error); });
  CHECK(taken < 5s);
}

TEST_CASE("the environment is the process's own, with additions and without what is taken out") {
  ::setenv("KOLEGA_TEST_SECRET", "kcp_test_secret", 1);
  ::setenv("KOLEGA_TEST_KEPT", "kept", 1);
  ::setenv("KOLEGA_TEST_CHANGED", "before", 1);
  sys::ProcessOptions options;
  options.environment = {{"KOLEGA_TEST_ADDED", "added"}, {"KOLEGA_TEST_CHANGED", "after"}};
  options.without = {"KOLEGA_TEST_SECRET"};
  const auto result = shell("env | grep ^KOLEGA_TEST | sort", options);
  CHECK(result.out == "KOLEGA_TEST_ADDED=added\nKOLEGA_TEST_CHANGED=after\nKOLEGA_TEST_KEPT=kept\n");
  for (const auto* name : {"KOLEGA_TEST_SECRET", "KOLEGA_TEST_KEPT", "KOLEGA_TEST_CHANGED"}) ::unsetenv(name);
}

TEST_CASE("the program gets no input, its own directory, and signals at their defaults") {
  const TempDir dir;
  sys::ProcessOptions options;
  options.directory = dir.path();
  const auto handler = ::signal(SIGPIPE, SIG_IGN);
  CHECK(shell("cat; pwd -P", options).out == std::filesystem::canonical(dir.path()).string() + "\n");
  CHECK(shell("kill -PIPE $$; echo ignored").exit_code == 128 + SIGPIPE);
  ::signal(SIGPIPE, handler);
}

TEST_CASE("find_program looks through absolute directories only") {
  const TempDir dir;
  const auto tool = dir.write("bin/tool", "#!/bin/sh\n");
  dir.write("bin/text", "");
  std::filesystem::create_directory(dir.file("bin/folder"));
  std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
  CHECK(sys::find_program("tool", "/nonexistent:" + dir.file("bin")) == tool);
  CHECK(sys::find_program("text", dir.file("bin")) == std::nullopt);
  CHECK(sys::find_program("folder", dir.file("bin")) == std::nullopt);
  CHECK(sys::find_program("tool", "") == std::nullopt);
  CHECK(sys::find_program("", dir.file("bin")) == std::nullopt);
  CHECK(sys::find_program(tool, "") == tool);
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(dir.file("bin"));
  CHECK(sys::find_program("tool", ".::bin") == std::nullopt);
  std::filesystem::current_path(here);
}
