// What `doctor` found: one line and at most one remedy for each check, as text or as JSON.
// Not for: the checks themselves (command_doctor.cpp).
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/log_text.hpp"

namespace kolega::cli {

struct Check {
  enum class State { ok, warn, fail, skipped };
  std::string_view name{};
  State state{};
  std::string detail{};
  std::string remedy{};
  int exit_code{};  ///< of a check that failed
};

class Checkup {
 public:
  void ok(std::string_view name, std::string detail);
  void warn(std::string_view name, std::string detail, std::string remedy);
  void fail(std::string_view name, const Error& error);
  void fail(std::string_view name, std::string detail, std::string remedy, int exit_code);
  /// A check that can tell nothing, and why: "needs tls".
  void skip(std::string_view name, std::string why);

  const std::vector<Check>& checks() const noexcept { return checks_; }
  /// 0, or that of the first check that failed.
  int exit_code() const;
  void write_text(const LogOut& out) const;
  void write_json(std::ostream& out) const;

 private:
  std::vector<Check> checks_;
};

}  // namespace kolega::cli
