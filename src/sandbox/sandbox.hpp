// The public API on loopback, fed by real scanners or saved files: `Response handle(const Request&)` over a state.
// It must never include api/: client and server share no wire code, so that one misreading cannot hide the other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "model/scan_type.hpp"
#include "model/triage.hpp"
#include "net/server.hpp"
#include "sys/system.hpp"

namespace kolega::sandbox {

/// Where the findings of one scan type come from.
struct Feed {
  std::vector<std::string> commands{};     ///< each prints SARIF or Semgrep JSON; run in the repository's directory
  std::vector<std::string> files{};        ///< saved results instead
  /// Scripted ends for people who test their pipelines; everything left out is what really happened.
  std::string final_status{};              ///< the last status word, also one that nobody knows
  std::string results_status{};            ///< the word of /results where it shall differ from the one of /progress
  bool never_ends{};
  std::int64_t scans_failed{};
  std::int64_t total_repositories{1};
  std::optional<std::int64_t> scans_assessed{};
  std::optional<std::int64_t> claimed_findings{};   ///< findings_count that does not fit
};

/// A finding that somebody triaged long ago: every condition that is given must hold.
struct ScriptedTriage {
  std::string check_id{};
  std::string path{};                      ///< a glob
  std::string fingerprint{};
  TriageStatus status{};
};

struct RepositoryConfig {
  std::string id{};
  std::string full_name{};
  std::string branch{"main"};
  std::string provider{"github"};
  std::string directory{};                 ///< the checkout that scanners run over
  std::map<ScanType, Feed> feeds{};
  std::string fixer{};                     ///< a shell line that changes a copy of the checkout; empty: none
  std::vector<ScriptedTriage> triage{};    ///< the first that fits decides when a finding is first seen
  bool archived{};
};

struct QuotaConfig {
  std::int64_t sast_scans{1000};
  std::int64_t deep_ai_scans{100};
  std::int64_t prs{50};
};

/// A fault on purpose, for tests of clients: the nth to mth request of one route is answered wrongly.
struct Fault {
  std::string route{};                     ///< as in the contract: "GET /api/v1/quotas/balance"; "*" is every request
  std::int64_t after{};                    ///< so many requests of the route pass first
  std::optional<std::int64_t> times{};     ///< nothing: for ever
  std::optional<int> status{};             ///< instead of the route's own
  std::string body{};                      ///< of the answer; empty: {"detail": ...} when `status` is given
  std::string retry_after{};               ///< the header, as it stands
  bool acts{};                             ///< the request takes effect although its answer is lost
  Duration delay{};
  bool drop{};
  std::optional<std::size_t> cut_after{};
};

struct Config {
  std::vector<RepositoryConfig> repositories{};
  std::vector<Fault> faults{};
  Duration scan_duration{std::chrono::milliseconds{400}};   ///< at least this long, through all states
  Duration command_timeout{std::chrono::minutes{10}};       ///< for one run of a scanner or a fixer
  QuotaConfig quotas{};
  std::string organization{"sandbox"};
  std::vector<std::string> scopes{"repositories:read", "scans:read", "scans:write",
                                  "findings:read",     "findings:write", "fixes:read", "fixes:write"};
  std::uint64_t seed{1};                   ///< of ids and of the order in which findings are served
};

/// One repository, the directory, with every real scanner on the PATH; a type without one fails and says what to
/// install.
Config default_config(const std::string& directory, const sys::System& system);

/// From YAML (docs/sandbox.md); paths are relative to the file. Throws Error(usage) with positions.
Config parse_config(std::string_view text, const std::string& file);

class Sandbox {
 public:
  Sandbox(Config config, Secret token, const sys::System& system);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  net::ServerResponse handle(const net::ServerRequest& request);

  /// What was requested so far (the last 100,000), method and target as sent: "GET /api/v1/repositories?limit=10".
  std::vector<std::string> requests() const;
  /// Returns once no scanner and no fixer runs any more, for tests.
  void wait_for_feeds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "kcp_test_" and 32 random hexadecimal digits.
Secret make_token(const sys::System& system);

}  // namespace kolega::sandbox
