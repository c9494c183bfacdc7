// The scanners that the sandbox knows: one table of names, command lines and how to get them.
// Not for: running them (feed.cpp).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/scan_type.hpp"

namespace kolega::sandbox {

struct Scanner {
  ScanType type{};
  std::string_view program{};    ///< looked for on the PATH
  std::string_view command{};    ///< run in the repository's directory; prints SARIF or Semgrep JSON
  std::string_view available{};  ///< a line that succeeds when it can do so there; empty: it always can
  std::string_view install{};    ///< how a user gets it
};

std::span<const Scanner> known_scanners();

/// "no scanner for sbom_scan was found: install trivy (...) ... or name a command": the status_reason.
std::string describe_missing_scanner(ScanType type);

}  // namespace kolega::sandbox
