#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "sys/system.hpp"

namespace kolega::sys {

namespace {

constexpr timespec patience{3, 0};
constexpr int wake_up = SIGUSR1;

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
  std::thread thread{};

  void serve() {
    int first = 0;
    while (true) {
      const int got =
          first == 0 ? ::sigwaitinfo(&waited, nullptr) : ::sigtimedwait(&waited, nullptr, &patience);
      if (ending) return;
      if (got < 0 && errno == EINTR) continue;
      if (first != 0) ::_exit(128 + (got > 0 ? got : first));
      if (got <= 0 || got == wake_up) continue;
      first = got;
      last = got;
      source.request_stop();
    }
  }
};

Signals::Signals() : state_(std::make_unique<State>()) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &state_->pipe_before);
  ::sigaction(SIGXFSZ, &ignore, &state_->file_size_before);

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

}  // namespace kolega::sys
