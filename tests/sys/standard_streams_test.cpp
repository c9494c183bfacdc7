// Standard streams that nobody reads. Each case runs in a child, whose own streams are a pipe.
#include "sys/standard_streams.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <iostream>

#include "support/files.hpp"
#include "sys/system.hpp"

using namespace kolega;
using namespace std::chrono_literals;

namespace {

/// What a child wrote to the pipe that is both of its streams, and its exit code; nobody reads before it has ended.
struct Written {
  int exit_code{};
  std::string text{};
};

Written in_child(const std::function<int()>& body) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::_exit(body());
  }
  ::close(ends[1]);
  Written out;
  int status = 0;
  ::waitpid(child, &status, 0);
  out.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  std::array<char, 4096> buffer;
  for (ssize_t got = 1; got > 0;) {
    got = ::read(ends[0], buffer.data(), buffer.size());
    if (got > 0) out.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  return out;
}

}  // namespace

TEST_CASE("what fits is handed over whole: standard error at once, standard output when it is flushed or at the end") {
  const auto written = in_child([] {
    const sys::StandardStreams streams;
    std::cerr.tie(nullptr);
    std::cout << "one " << std::string(3, 'x');
    std::cerr << "two " << 2;
    std::cout << std::flush << 'y' << std::string(20'000, 'z');
    std::cerr << "three";
    return std::cout && std::cerr ? 0 : 1;
  });
  CHECK(written.exit_code == 0);
  CHECK(written.text.substr(0, 20) == "two 2one xxxthreeyzz");
  CHECK(written.text.size() == 18 + 20'000);
}

TEST_CASE("a pipe that nobody reads holds up no end, and the loss is told by the stream") {
  const auto written = in_child([] {
    const sys::Signals signals;
    const sys::StandardStreams streams;
    ::kill(::getpid(), SIGTERM);
    while (signals.last() == 0) ::usleep(1000);
    std::cout << std::string(1'000'000, 'x') << std::flush;
    if (std::cout) return 1;
    std::cerr << "and nobody waits for it again";
    return std::cerr ? 2 : 0;
  });
  CHECK(written.exit_code == 0);
  CHECK(written.text == std::string(written.text.size(), 'x'));
}

TEST_CASE("who goes on reading after a stop gets everything") {
  const test::TempDir dir;
  const auto path = dir.file("out");
  const auto written = in_child([&] {
    ::dup2(::open(path.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    const sys::Signals signals;
    const sys::StandardStreams streams;
    ::kill(::getpid(), SIGINT);
    while (signals.last() == 0) ::usleep(1000);
    std::cout << std::string(1'000'000, 'x') << "end";
    std::cout.flush();
    return std::cout ? 0 : 1;
  });
  CHECK(written.exit_code == 0);
  CHECK(test::slurp(path) == std::string(1'000'000, 'x') + "end");
}

TEST_CASE("a wait for a descriptor ends at a stop, and not before") {
  const auto written = in_child([] {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return 9;
    const sys::Signals signals;
    if (!sys::wait_until_ready(ends[1], POLLOUT)) return 1;
    if (::fork() == 0) {
      ::usleep(50'000);
      ::kill(::getppid(), SIGHUP);
      ::_exit(0);
    }
    if (sys::wait_until_ready(ends[0], POLLIN)) return 2;
    if (signals.last() != SIGHUP) return 3;
    if (!sys::wait_until_ready(ends[1], POLLOUT)) return 4;  // what is ready is ready after it, too
    return sys::wait_until_ready(ends[0], POLLIN, 10ms) ? 5 : 0;
  });
  CHECK(written.exit_code == 0);
}
