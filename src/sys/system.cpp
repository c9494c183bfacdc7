#include "sys/system.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::sys {

namespace {

Instant wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool sleep_until_or_stop(SteadyTime until, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

/// From the kernel each time: no state to share between threads.
double random_fraction() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    throw Error(ErrorKind::internal, "the kernel gives no random numbers");
  }
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

std::size_t terminal_columns(const Environment& environment) {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const auto columns = parse_decimal(environment.find("COLUMNS").value_or(""));
  return columns && *columns >= 20 && *columns <= 1000 ? static_cast<std::size_t>(*columns) : 100;
}

}  // namespace

Environment Environment::of_process() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

std::optional<std::string> Environment::find(const std::string& name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    ::open("/dev/null",
           stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest free number: this one
  }
}

System real_system() {
  System system;
  system.environment = Environment::of_process();
  system.now = wall_clock;
  system.steady = [] { return std::chrono::steady_clock::now(); };
  system.sleep_until = sleep_until_or_stop;
  system.random = random_fraction;
  system.terminal = ::isatty(STDERR_FILENO) == 1;
  system.stdout_terminal = ::isatty(STDOUT_FILENO) == 1;
  system.columns = terminal_columns(system.environment);
  system.signal = [] { return 0; };
  std::error_code removed;
  system.working_directory = std::filesystem::current_path(removed).string();
  if (removed) system.working_directory = ".";
  return system;
}

}  // namespace kolega::sys
