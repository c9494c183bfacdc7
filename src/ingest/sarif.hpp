// A SARIF file in two steps: the reader collects what stands where, settling makes findings of it once the
// whole run is known, because rules, bases and artifacts may follow the results that name them. Private to
// ingest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text_source.hpp"
#include "ingest/foreign.hpp"
#include "ingest/remarks.hpp"

namespace kolega::ingest {

using MessageStrings = std::vector<std::pair<std::string, std::string>>;

struct SarifRule {
  std::string id{};
  std::string level{};  ///< of defaultConfiguration; empty = not given
  std::optional<double> security_severity{};
  std::vector<std::string> cwe{};
  std::vector<std::string> owasp{};
  MessageStrings messages{};
};

/// The driver or an extension of a tool.
struct SarifComponent {
  std::string name{};
  std::string version{};
  std::string semantic_version{};
  std::string guid{};
  std::vector<SarifRule> rules{};
  MessageStrings messages{};  ///< globalMessageStrings
};

/// A place in a file as SARIF gives it: settled to a path relative to the repository.
struct SarifFile {
  Text uri{};
  Text base{};             ///< uriBaseId
  std::int64_t index{-1};  ///< into artifacts
};

/// What results of one rule and level have in common. It can only be settled with the rest of the run.
struct SarifKind {
  Text rule_id{};
  Text component{};  ///< name or guid of the tool component that the rule is in
  std::int64_t rule_index{-1};
  std::int64_t component_index{-1};
  Text level{};
  Text kind{};
  Text message_id{};
  std::optional<double> security_severity{};
  /// Its texts are interned, so their places tell kinds apart.
  auto key() const {
    return std::make_tuple(rule_id.place(), component.place(), rule_index, component_index, level.place(),
                           kind.place(), message_id.place(), security_severity);
  }
};

/// What else of a result waits for the rest of the run. Its finding has the same index.
struct SarifResult {
  std::uint32_t kind{};  ///< index into SarifRun::kinds
  bool line_identity{};  ///< its fingerprint is that of a line, whatever the rule
  SarifFile file{};
  TextList arguments{};
};

struct SarifBase {
  std::string name{};
  std::string uri{};
  std::string parent{};
};

struct SarifRun {
  bool has_results{};
  std::vector<SarifComponent> components =
      std::vector<SarifComponent>(1);  ///< the driver, then the extensions
  FindingRows findings{};
  std::vector<SarifKind> kinds{};
  std::vector<SarifResult> results{};
  std::vector<SarifFile> artifacts{};
  std::vector<SarifBase> bases{};
  std::vector<std::string> working_directories{};
  std::uint64_t invocations{};
  std::uint64_t successful{};
  std::uint64_t failed{};
  std::uint64_t unreadable{};  ///< results that are no objects
  std::optional<Instant> started_at{};
  std::optional<Instant> completed_at{};
  Remarks remarks{};
  std::vector<std::string> shortcomings{};
};

/// Reads the whole file. Throws Error(input) for what is no SARIF 2.1.
std::vector<SarifRun> read_sarif(const TextSource& source, const std::string& file, TextPool& pool);

/// Rules, severities, messages and paths of a run's findings. `where` is "/runs/0", for remarks.
ForeignScan settle(SarifRun run, const std::string& where, TextPool& pool);

/// Adds the CWE ("CWE-79") or OWASP ("A03:2021") that a tag names, if it names one.
void add_tag(std::string_view tag, std::vector<std::string>& cwe, std::vector<std::string>& owasp);
/// The same for a text that is known to be a CWE: also plain "79".
void add_cwe(std::string_view text, std::vector<std::string>& cwe);

}  // namespace kolega::ingest
