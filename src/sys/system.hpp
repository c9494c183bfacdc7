// What a process gets from its surroundings, as values and seams: environment, clock, sleep, terminal,
// signals. Passed down as System, so that whole commands run in tests.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/log_text.hpp"
#include "base/time.hpp"

namespace kolega::sys {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Environment variables as a value.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {}
  static Environment of_process();
  /// Set and not empty, else nothing.
  std::optional<std::string> find(const std::string& name) const;
  void set(const std::string& name, std::string value) { variables_[name] = std::move(value); }

 private:
  std::map<std::string, std::string> variables_;
};

/// A string does not compile into them: LogOut::line() takes what was escaped, LogOut::bytes() whole documents.
struct Streams {
  LogOut out;  ///< machine output, only when asked for
  LogOut err;  ///< everything for people
  std::istream& in;
};

/// The seams to the outside. Defaults are the real ones.
struct System {
  Environment environment{};
  std::function<Instant()> now{};  ///< wall clock, UTC
  std::function<SteadyTime()> steady{};
  /// Sleeps until `until` or until a stop is requested; true when it slept to the end.
  std::function<bool(SteadyTime until, std::stop_token)> sleep_until{};
  std::function<double()> random{};  ///< evenly in [0, 1)
  bool terminal{};                   ///< standard error is a terminal
  bool stdout_terminal{};
  std::size_t columns{100};
  std::stop_token stop{};         ///< requested by a signal
  std::function<int()> signal{};  ///< which one, 0 = none
  std::string working_directory{};
};

/// The real thing: clock, environment of the process, terminal; `stop` comes from the signal handling.
System real_system();

/// Until `descriptor` is ready for `events` (of poll), or says that it never will be. False: a stop came first (Signals),
/// and it is not ready even `grace` after that.
bool wait_until_ready(int descriptor, short events, std::chrono::milliseconds grace = {});

/// A standard stream that was closed becomes /dev/null, so that no report is ever opened under its number and takes
/// what is meant for people. Writing to it still fails. First thing in main.
void hold_standard_streams();

/// HUP (unless it was ignored: nohup), INT and TERM request a stop; PIPE and XFSZ are ignored. A second
/// signal, or three seconds without an end, ends the process at once with 128 + its number. Make it before
/// any other thread and keep it for the life of the program.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  std::stop_token token() const;
  int last() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::sys
