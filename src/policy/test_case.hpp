// The tests that a policy carries: what is supposed and which verdict is expected of it. They are no part of
// what the policy means: neither its canonical form nor its digest holds them. Not for: running them
// (gate/test_inputs.hpp, cli/command_policy_test.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/change_set.hpp"
#include "model/scan_type.hpp"

namespace kolega::policy {

/// A finding as far as a test cares; what is left out is what a plain finding has.
struct TestFinding {
  std::string severity{"high"};         ///< one of the five, an alias, or "unknown"
  std::optional<ScanType> scan_type{};  ///< nothing: the first of the policy's
  std::string check_id{"check"};
  std::string path{"src/main"};
  std::string message{};                     ///< empty: one of its own
  std::string fingerprint{};  ///< empty: one of its own
  std::string status{"open"};
  std::string category{};
  std::string repository{};
  std::vector<std::string> cwe{};
  std::vector<std::string> owasp{};
  std::optional<double> cvss{};
  std::optional<Duration> age{};  ///< nothing: the server does not know it
  std::uint32_t line{};
  bool is_new{true};       ///< false: the baseline holds it
  std::uint64_t count{1};  ///< so many of them
  SourcePos pos{};
};

/// How a scan ended.
enum class TestBatch {
  complete,
  partial_failure,
  failed,
  cancelled,
  timeout,
  quota,
  api,
  missing,
  no_details
};
inline constexpr std::array<std::string_view, 9> test_batch_names{
    "complete", "partial_failure", "failed", "cancelled", "timeout", "quota", "api", "missing", "no_details"};

/// A rule that a test expects to be broken.
struct TestRule {
  std::string id{};
  SourcePos pos{};
};

struct TestCase {
  std::string name{};
  std::vector<TestFinding> findings{};
  TestBatch batch{TestBatch::complete};  ///< of the types that `batches` does not name
  std::vector<std::pair<ScanType, TestBatch>> batches{};
  std::optional<std::vector<TestFinding>> baseline{};  ///< beside the findings that are not new
  bool no_baseline{};                                  ///< there is none yet
  std::optional<std::vector<ChangedFile>> changed{};   ///< nothing: what changed is not known
  std::string branch{};
  std::string target_branch{};                   ///< of a merge request
  std::optional<Instant> at{};                   ///< nothing: now
  std::string verdict{};                         ///< expected; empty: any
  std::optional<std::vector<TestRule>> rules{};  ///< the broken ones, all of them
  std::optional<int> exit{};
  SourcePos pos{};
};

}  // namespace kolega::policy
