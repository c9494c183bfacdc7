// RELIABILITY, section 4, row "Signals". Each case runs in a child, because signals end processes.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "sys/process.hpp"
#include "sys/system.hpp"

using namespace kolega;
using namespace std::chrono_literals;

namespace {

/// The exit code of a child that runs `body`; 128 + n when it died of signal n.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Sleeps until the stop, as the program does, and says which signal it was.
int wait_for_signal(const sys::Signals& signals) {
  const auto system = sys::real_system();
  const bool slept = system.sleep_until(system.steady() + 10s, signals.token());
  return slept ? 99 : signals.last();
}

}  // namespace

TEST_CASE("HUP, INT and TERM request a stop that ends a sleep at once") {
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
    CHECK(in_child([signal] {
            const sys::Signals signals;
            ::kill(::getpid(), signal);
            return wait_for_signal(signals);
          }) == signal);
  }
}

TEST_CASE("a second signal ends the process at once, with its own number") {
  CHECK(in_child([] {
          const sys::Signals signals;
          ::kill(::getpid(), SIGINT);
          wait_for_signal(signals);
          std::this_thread::sleep_for(400ms);
          ::kill(::getpid(), SIGTERM);
          std::this_thread::sleep_for(2s);
          return 99;
        }) == 128 + SIGTERM);
}

TEST_CASE("the second half of a signal that was sent to the program and to its group is no second wish") {
  CHECK(in_child([] {
          const sys::Signals signals;
          ::kill(::getpid(), SIGTERM);
          wait_for_signal(signals);
          ::kill(::getpid(), SIGTERM);
          std::this_thread::sleep_for(200ms);
          return 77;
        }) == 77);
}

TEST_CASE("a program that does not end by itself is ended after three seconds") {
  CHECK(in_child([] {
          const sys::Signals signals;
          ::kill(::getpid(), SIGTERM);
          std::this_thread::sleep_for(10s);
          return 99;
        }) == 128 + SIGTERM);
}

TEST_CASE("PIPE and XFSZ are ignored, and HUP where nohup said so") {
  CHECK(in_child([] {
          ::signal(SIGHUP, SIG_IGN);
          const sys::Signals signals;
          for (const int signal : {SIGPIPE, SIGXFSZ, SIGHUP}) ::kill(::getpid(), signal);
          std::this_thread::sleep_for(50ms);
          return signals.token().stop_requested() ? 99 : signals.last();
        }) == 0);
}

TEST_CASE("without a signal there is no stop, and the object puts back what it found") {
  CHECK(in_child([] {
          ::signal(SIGTERM, SIG_DFL);  // doctest has a handler of its own
          {
            const sys::Signals signals;
            if (signals.last() != 0) return 98;
          }
          ::kill(::getpid(), SIGTERM);
          return 99;
        }) == 128 + SIGTERM);
}

TEST_CASE("programs that are started get their signals back") {
  CHECK(in_child([] {
          const sys::Signals signals;
          return sys::run_process({"/bin/sh", "-c", "kill -TERM $$; echo survived"}).exit_code;
        }) == 128 + SIGTERM);
}
