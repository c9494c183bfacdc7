// What people see on standard error while a command works: notes, warnings, errors and one live line of
// progress, as text or as JSON lines. Not for: reports (report/) and machine output.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "cli/command.hpp"

namespace kolega::cli {

/// --quiet, --verbose, --log-format, --color.
std::vector<Option> output_options();

class Printer {
 public:
  /// Throws Error(usage) for a wrong --log-format or --color.
  Printer(const sys::Streams& streams, const sys::System& system, const Arguments& arguments);
  ~Printer();
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  void error(const Error& error);
  void warning(std::string_view text);
  void remark(std::string_view text);  ///< a rendered diagnostic, which says itself that it is a warning
  void note(std::string_view text);    ///< not with --quiet
  void detail(std::string_view text);  ///< only with --verbose
  /// Replaces the live line; call only when live().
  void progress(std::string_view text);
  void clear_progress();

  bool live() const noexcept { return live_; }
  bool quiet() const noexcept { return quiet_; }
  bool verbose() const noexcept { return verbose_; }
  bool json() const noexcept { return json_; }
  bool colour() const noexcept { return colour_; }
  std::size_t columns() const noexcept { return system_.columns; }
  /// For what a report or a CI command has escaped already.
  std::ostream& bytes() { return err_.bytes(); }

 private:
  /// Only what we render ourselves may be several lines: a line break in any other text is escaped.
  void lines(std::string_view level, std::string_view text);
  void line(std::string_view level, std::string_view text);
  LogOut err_;
  const sys::System& system_;
  bool quiet_{};
  bool verbose_{};
  bool json_{};
  bool colour_{};
  bool live_{};
  bool progress_shown_{};
};

}  // namespace kolega::cli
