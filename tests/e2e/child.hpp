// One start of the real binary that a test can watch, signal and take the streams from: pipes that are read, or
// that nobody reads. Not for: runs that only end (harness.hpp).
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "e2e/harness.hpp"

namespace kolega::test {

struct Ended {
  int exit{};     ///< 128 + n when it died of signal n
  bool died{};    ///< of a signal
  bool killed{};  ///< by us: it did not end by itself
  std::string out{};
  std::string err{};
  std::chrono::milliseconds took{};  ///< since its start
};

class Child {
 public:
  struct Options {
    std::string shell{};        ///< a line in front of exec "$@": "ulimit -n 16;"
    std::string redirection{};  ///< behind it: ">/dev/full"
    bool whole_line{};          ///< `shell` is all of the line, "$@" included
    bool full_stderr{};         ///< nobody has read what somebody else wrote to it
  };

  /// In the world's directory and its environment alone, standard input empty.
  Child(const World& world, std::vector<std::string> words) : Child(world, std::move(words), Options{}) {}
  Child(const World& world, std::vector<std::string> words, const Options& options) {
    words.insert(words.begin(), binary());
    if (!options.shell.empty() || !options.redirection.empty()) {
      const auto line =
          options.whole_line ? options.shell : options.shell + " exec \"$@\" " + options.redirection;
      words.insert(words.begin(), {"/bin/sh", "-c", line, "sh"});
    }
    std::vector<std::string> variables{"HOME=" + world.path().string(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    for (const auto& [name, value] : world.environment()) {
      std::erase_if(variables, [&](const auto& one) { return one.starts_with(name + "="); });
      variables.push_back(name + "=" + value);
    }
    for (auto& ends : pipes_) {
      if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    }
    if (options.full_stderr) fill(pipes_[1][1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, world.path().c_str());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipes_[0][1], 1);
    posix_spawn_file_actions_adddup2(&actions, pipes_[1][1], 2);
    // Signals of a test runner that ignores some would be ignored here as well.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    const int failed = ::posix_spawn(&child_, words.front().c_str(), &actions, &attributes,
                                     pointers(words).data(), pointers(variables).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (auto& ends : pipes_) {
      ::close(ends[1]);
      ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    if (failed) throw std::runtime_error("cannot start " + words.front());
  }
  ~Child() {
    if (child_ > 0) {
      ::kill(-child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    for (auto& ends : pipes_) close_end(ends[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t id() const { return child_; }
  void signal(int number) const {
    if (child_ > 0) ::kill(child_, number);  // 0 would be ourselves
  }
  /// The reader of a stream goes away.
  void leave_stdout() { close_end(pipes_[0][0]); }
  bool running() { return !collect(); }

  /// Reads both streams, or with `reads` false nothing, until it ends or `patience` is over.
  Ended wait(std::chrono::milliseconds patience, bool reads = true) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!collect()) {
      if (std::chrono::steady_clock::now() > end && !ended_.killed) {
        ended_.killed = true;
        ::kill(-child_, SIGKILL);
      }
      if (reads) drain();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    drain();
    return ended_;
  }
  /// How many bytes of standard output nobody has read.
  int waiting(std::size_t stream) const {
    int bytes = 0;
    return ::ioctl(pipes_[stream][0], FIONREAD, &bytes) == 0 ? bytes : 0;
  }
  /// Of both streams, what has come up to now.
  std::string seen() {
    drain();
    return ended_.out + ended_.err;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  }
  static void fill(int pipe) {
    const std::string junk(4096, '#');
    const int flags = ::fcntl(pipe, F_GETFL);
    ::fcntl(pipe, F_SETFL, flags | O_NONBLOCK);
    while (::write(pipe, junk.data(), junk.size()) > 0) {
    }
    ::fcntl(pipe, F_SETFL, flags);
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  bool collect() {
    if (child_ <= 0) return true;
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) != child_) return false;
    ::kill(-child_, SIGKILL);  // what it left running holds our pipes
    child_ = 0;
    ended_.died = WIFSIGNALED(status);
    ended_.exit = ended_.died ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    ended_.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_);
    return true;
  }
  void drain() {
    const std::array<std::string*, 2> texts{&ended_.out, &ended_.err};
    for (std::size_t i = 0; i < 2; ++i) {
      std::array<char, 65536> buffer;
      for (ssize_t got = 1; pipes_[i][0] >= 0 && got > 0;) {
        got = ::read(pipes_[i][0], buffer.data(), buffer.size());
        if (got > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      }
    }
  }

  std::array<std::array<int, 2>, 2> pipes_{};
  std::chrono::steady_clock::time_point begun_{std::chrono::steady_clock::now()};
  pid_t child_{};
  Ended ended_{};
};

/// Calls `work` for each number below `count`, several at a time: most of them wait for something.
inline void in_parallel(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{};
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(at_once, count); ++i) {
    workers.emplace_back([&] {
      for (auto one = next++; one < count; one = next++) work(one);
    });
  }
}

}  // namespace kolega::test
