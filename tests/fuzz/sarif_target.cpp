// Any scanner's file, to findings, to a verdict, to every report: nothing hostile gets through a sink.
#include <sstream>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "fuzz/target.hpp"
#include "gate/record.hpp"
#include "ingest/foreign.hpp"
#include "policy/load.hpp"
#include "report/formats.hpp"
#include "support/files.hpp"

namespace kolega::fuzz {

namespace {

const policy::Policy& strict_policy() {
  static const auto policy = policy::parse_policy(
      "gate: v1\nscan: {types: [semgrep_scan]}\nrules:\n  - {id: serious, when: {severity: \">=high\"}, max: "
      "0}\n"
      "  - {id: any, when: {severity: \"<high\"}, max: 3, mode: warn}\n",
      "policy.yaml");
  return policy;
}

gate::Inputs inputs_of(std::string_view bytes) {
  gate::Inputs inputs;
  auto file = ingest::read_foreign(bytes, "scan.sarif", *inputs.findings.pool);
  for (auto& scan : file.scans) {
    scan.batch.type = ScanType::semgrep_scan;
    for (Finding finding : scan.findings) {
      finding.batch = static_cast<std::uint16_t>(inputs.batches.size());
      finding.scan_type = ScanType::semgrep_scan;
      inputs.findings.rows.push_back(finding);
    }
    inputs.batches.push_back(std::move(scan.batch));
    if (inputs.batches.size() == 20) break;
  }
  inputs.policy = strict_policy();
  inputs.scan_types = {ScanType::semgrep_scan};
  inputs.at = *parse_instant("2026-11-23T12:00:00Z");
  inputs.origin = gate::Origin::file;
  return inputs;
}

/// A CI takes commands from lines that its own prefix starts; a command of ours holds none of another's.
void require_no_forged_command(std::string_view log) {
  require(log.find("##[") == std::string_view::npos, "no report holds ##[");
  for (std::size_t at = 0; at < log.size();) {
    const auto end = std::min(log.find('\n', at), log.size());
    const auto line = log.substr(at, end - at);
    require(line.rfind("::set-", 0) != 0 && line.rfind("::add-", 0) != 0 && line.rfind("::stop-", 0) != 0,
            "no command is forged");
    require(line.find('\x1b') == std::string_view::npos, "no control sequence gets through");
    at = end + 1;
  }
}

}  // namespace

void run_sarif(std::string_view bytes) {
  gate::Inputs inputs;
  try {
    inputs = inputs_of(bytes);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input, "a file that cannot be read is the input's fault");
    return;
  }
  const auto rows = inputs.findings.rows.size();
  const auto record = gate::decide(std::move(inputs));
  require(record.verdict.findings.size() == rows, "every finding is judged");
  for (const auto& format : report::formats()) {
    std::ostringstream out;
    format.write(record, {}, out);
    const auto text = out.str();
    require(!find_invalid_utf8(text), "every report is UTF-8");
    if (format.name == "sarif" || format.name == "json" || format.name == "gitlab" ||
        format.name == "codequality") {
      parse_json(text, "report", ErrorKind::internal, {.depth = 200});
    }
    if (format.name == "table" || format.name == "github" || format.name == "azure")
      require_no_forged_command(text);
  }
}

std::vector<std::string> sarif_seeds() {
  const auto data = test::source_dir() / "tests/data";
  return {
      test::slurp(data / "clang-uaf.sarif"),
      test::slurp(data / "flawfinder.sarif").substr(0, 60'000),
      R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T","rules":[{"id":"R","defaultConfiguration":{"level":"error"},"properties":{"tags":["CWE-79","A03:2021"],"security-severity":"9.1"}}]}},"originalUriBaseIds":{"SRC":{"uri":"file:///w/"}},"results":[{"ruleId":"R","ruleIndex":0,"message":{"text":"x {0}","arguments":["y"]},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a%20b/c.js","uriBaseId":"SRC"},"region":{"startLine":3,"endLine":4}}}],"fingerprints":{"f/v1":"1"},"suppressions":[]}]}]})",
      R"({"results":[{"check_id":"a.b","path":"x.py","start":{"line":3},"end":{"line":4},"extra":{"message":"m","severity":"ERROR","fingerprint":"f","metadata":{"cwe":["CWE-89: x"],"owasp":["A03:2021 - Injection"]}}}],"errors":[],"version":"1.0"})",
  };
}

}  // namespace kolega::fuzz
