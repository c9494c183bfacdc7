#include "sys/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sys/descriptor.hpp"

namespace kolega::sys {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
constexpr std::size_t kept_errors = 64 * 1024;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(ErrorKind::usage, "cannot start a program: no pipe: " + reason(errno));
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<std::string> child_environment(const ProcessOptions& options) {
  std::vector<std::string> out;
  const auto is_replaced = [&](std::string_view name) {
    return std::ranges::find(options.without, name) != options.without.end() ||
           std::ranges::any_of(options.environment, [&](const auto& pair) { return pair.first == name; });
  };
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    if (!is_replaced(text.substr(0, text.find('=')))) out.emplace_back(text);
  }
  for (const auto& [name, value] : options.environment) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// posix_spawn's two option objects, released together. The child gets the signals back that the gate blocks.
struct SpawnSetup {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnSetup(const Pipe& out, const Pipe& err, const std::string& directory) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
    if (!directory.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::sigaddset(&defaults, SIGXFSZ);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
};

/// A started program and everything below it. Going away without wait() kills it.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() {
    if (id_ > 0) finish();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// True when the program itself has ended; it stays a zombie, which keeps its group's number from being
  /// reused.
  bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == id_;
  }
  /// Kills what is left of the group and gives the program's exit code.
  int finish() {
    ::kill(-id_, SIGKILL);
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t id_;
};

/// Reads what there is; false at the end of the stream.
template <class Take>
bool drain(const Descriptor& from, Take take) {
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const auto got = ::read(from.get(), buffer.data(), buffer.size());
    if (got > 0) {
      take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      return false;
    } else if (errno == EAGAIN) {
      return true;
    }
  }
}

class Run {
 public:
  Run(const std::string& name, const ProcessOptions& options, Pipe& out, Pipe& err)
      : name_(name), options_(options), out_(out.read), err_(err.read) {}

  ProcessResult wait(Child& child) {
    const auto start = Clock::now();
    while (true) {
      const bool ended =
          child.has_ended();  // asked before the last reading, so that nothing it wrote is lost
      take_output();
      if (ended || is_late(start)) break;
      if (options_.stop.stop_requested()) throw Error(ErrorKind::interrupted, name_ + ": interrupted");
      pause();
    }
    result_.exit_code = child.finish();
    return std::move(result_);
  }

 private:
  bool is_late(Clock::time_point start) {
    result_.timed_out = options_.timeout && Clock::now() - start >= *options_.timeout;
    return result_.timed_out;
  }
  void take_output() {
    if (out_) take_from_out();
    if (err_ && !drain(err_, [this](std::string_view part) { keep_errors(part); })) err_.reset();
  }
  void take_from_out() {
    const bool open = drain(out_, [this](std::string_view part) {
      if (result_.out.size() + part.size() > options_.output_limit) {
        throw Error(ErrorKind::input,
                    name_ + ": more than " + std::to_string(options_.output_limit) + " bytes of output");
      }
      result_.out += part;
    });
    if (!open) out_.reset();
  }
  void keep_errors(std::string_view part) {
    result_.err += part;
    if (result_.err.size() > 2 * kept_errors) result_.err.erase(0, result_.err.size() - kept_errors);
  }
  /// Until there is output, but never long: the end of the program, the stop and the timeout are looked at
  /// too.
  void pause() const {
    std::array<pollfd, 2> waited{pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
    const bool silent = !out_ && !err_;
    ::poll(waited.data(), waited.size(), silent ? 2 : 20);  // negative descriptors are passed over
  }

  std::string name_;
  const ProcessOptions& options_;
  Descriptor& out_;
  Descriptor& err_;
  ProcessResult result_{};
};

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  if (arguments.empty()) throw Error(ErrorKind::internal, "run_process: no program given");
  const auto name = printable(arguments.front());
  auto out = make_pipe();
  auto err = make_pipe();
  auto texts = arguments;
  auto variables = child_environment(options);
  const auto argv = pointers(texts);
  const auto envp = pointers(variables);
  const SpawnSetup setup(out, err, options.directory);
  pid_t id = 0;
  const int error_number =
      ::posix_spawnp(&id, argv.front(), &setup.actions, &setup.attributes, argv.data(), envp.data());
  if (error_number != 0) throw Error(ErrorKind::usage, "cannot start " + name + ": " + reason(error_number));
  Child child(id);
  out.write.reset();
  err.write.reset();
  auto result = Run(name, options, out, err).wait(child);
  if (result.err.size() > kept_errors) result.err.erase(0, result.err.size() - kept_errors);
  return result;
}

std::optional<std::string> find_program(const std::string& name, const std::string& path_variable) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string::npos) {
    return ::access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  }
  for (const auto directory : split(path_variable, ':')) {
    if (!directory.starts_with('/')) continue;
    auto candidate = std::string(directory) + "/" + name;
    struct stat facts {};
    if (::stat(candidate.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
        ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace kolega::sys
