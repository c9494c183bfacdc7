#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "sys/system.hpp"

namespace kolega::sys {

namespace {

constexpr std::chrono::milliseconds patience{3000};
/// timeout(1) sends its signal to the program and then to its group: that is one wish, not two.
constexpr std::chrono::milliseconds same_wish{300};
constexpr int wake_up = SIGUSR1;

/// The end of a pipe whose other end is closed at a stop: so a wait for a descriptor ends as well. -1: no Signals here.
std::atomic<int> stop_descriptor{-1};

/// nohup ignores SIGHUP before it starts a program; such a wish is kept.
bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

}  // namespace

/// The signals are blocked everywhere and taken by one thread, so nothing has to be async-signal-safe.
struct Signals::State {
  std::stop_source source{};
  std::atomic<int> last{};
  std::atomic<bool> ending{};
  sigset_t waited{};
  sigset_t mask_before{};
  struct sigaction pipe_before {};
  struct sigaction file_size_before {};
  std::array<int, 2> stop_pipe{-1, -1};
  std::thread thread{};

  void end_waits() {
    if (stop_pipe[1] >= 0) ::close(stop_pipe[1]);
    stop_pipe[1] = -1;
  }

  void serve() {
    while (true) {
      const int got = ::sigwaitinfo(&waited, nullptr);
      if (ending) return;
      if (got <= 0 || got == wake_up) continue;
      last = got;
      source.request_stop();
      end_waits();
      return wait_for_end(got);
    }
  }

  /// The program has its patience to end by itself; a further signal ends it at once.
  void wait_for_end(int first) {
    const auto start = std::chrono::steady_clock::now();
    while (true) {
      const auto passed = std::chrono::steady_clock::now() - start;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience - passed);
      if (left.count() <= 0) ::_exit(128 + first);
      const timespec rest{left.count() / 1000, left.count() % 1000 * 1'000'000};
      const int got = ::sigtimedwait(&waited, nullptr, &rest);
      if (ending) return;
      if (got <= 0 || got == wake_up) continue;
      if (std::chrono::steady_clock::now() - start > same_wish) ::_exit(128 + got);
    }
  }
};

Signals::Signals() : state_(std::make_unique<State>()) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &state_->pipe_before);
  ::sigaction(SIGXFSZ, &ignore, &state_->file_size_before);

  if (::pipe2(state_->stop_pipe.data(), O_CLOEXEC) == 0) stop_descriptor = state_->stop_pipe[0];

  ::sigemptyset(&state_->waited);
  ::sigaddset(&state_->waited, SIGINT);
  ::sigaddset(&state_->waited, SIGTERM);
  if (!is_ignored(SIGHUP)) ::sigaddset(&state_->waited, SIGHUP);
  sigset_t of_this_thread = state_->waited;
  ::sigaddset(&state_->waited, wake_up);  // blocked in the serving thread alone, which inherits the mask
  ::pthread_sigmask(SIG_BLOCK, &state_->waited, &state_->mask_before);
  state_->thread = std::thread([state = state_.get()] { state->serve(); });
  sigset_t back = state_->mask_before;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (::sigismember(&of_this_thread, signal) == 1) ::sigaddset(&back, signal);
  }
  ::pthread_sigmask(SIG_SETMASK, &back, nullptr);
}

Signals::~Signals() {
  state_->ending = true;
  ::pthread_kill(state_->thread.native_handle(), wake_up);
  state_->thread.join();
  stop_descriptor = -1;
  state_->end_waits();
  if (state_->stop_pipe[0] >= 0) ::close(state_->stop_pipe[0]);
  ::sigaction(SIGPIPE, &state_->pipe_before, nullptr);
  ::sigaction(SIGXFSZ, &state_->file_size_before, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &state_->mask_before, nullptr);
}

std::stop_token Signals::token() const {
  return state_->source.get_token();
}
int Signals::last() const {
  return state_->last;
}

bool wait_until_ready(int descriptor, short events, std::chrono::milliseconds grace) {
  std::array<pollfd, 2> waited{pollfd{descriptor, events, 0}, pollfd{stop_descriptor, POLLIN, 0}};
  int timeout = -1;
  while (true) {
    const int ready = ::poll(waited.data(), waited.size(), timeout);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || waited[0].revents != 0) return true;  // what is wrong is told by who reads or writes
    if (ready == 0) return false;
    waited[1].fd = -1;  // passed over
    timeout = static_cast<int>(grace.count());
  }
}

}  // namespace kolega::sys
