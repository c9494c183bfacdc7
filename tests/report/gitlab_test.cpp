#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "base/json.hpp"
#include "report/formats.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using report::GitlabKind;
using test::complete_batch;
using test::finding;
using test::record;

namespace {

boost::json::value written(const gate::DecisionRecord& record, const std::string& format,
                  std::optional<GitlabKind> kind = std::nullopt) {
  std::ostringstream out;
  report::find_format(format)->write(record, {.gitlab_kind = kind}, out);
  return parse_json(out.str(), "report", ErrorKind::internal);
}

test::RecordBuilder with_findings() {
  auto builder = record();
  builder.batch(complete_batch(ScanType::semgrep_scan, "b-1"));
  builder.batch(complete_batch(ScanType::secrets_scan, "b-2"));
  builder.batch(complete_batch(ScanType::sbom_scan, "b-3"));
  builder.finding(finding("f-code").lines(3, 4));
  builder.finding(finding("f-key").batch(1).lines(7));
  builder.finding(finding("f-lib").batch(2).path("package-lock.json"));
  builder.finding(finding("f-done").status("false_positive"));
  return builder;
}

}  // namespace

TEST_CASE("a GitLab report holds the active findings of its kind and says what it leaves out") {
  const auto decided = with_findings().decide();
  const std::vector<std::tuple<GitlabKind, std::string, std::string>> kinds{
      {GitlabKind::sast, "sast", "f-code"},
      {GitlabKind::secret_detection, "secret_detection", "f-key"},
      {GitlabKind::dependency_scanning, "dependency_scanning", "f-lib"}};
  for (const auto& [kind, name, fingerprint] : kinds) {
    const auto report = written(decided, "gitlab", kind);
    CHECK(report.at("scan").at("type").as_string() == name);
    CHECK(report.at("scan").at("status").as_string() == "success");
    const auto& rows = report.at("vulnerabilities").as_array();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].at("identifiers").as_array()[0].at("value").as_string() == fingerprint);
    CHECK(rows[0].at("severity").as_string() == "High");
    CHECK(report.at("scan").at("messages").as_array().size() == 2);  // one triaged, two of other kinds
  }
}

TEST_CASE("the kind follows the file's name, then the scan types") {
  CHECK(report::find_gitlab_kind("out/gl-secret-detection-report.json") == GitlabKind::secret_detection);
  CHECK(report::find_gitlab_kind("gl-dependency-scanning-report.json") == GitlabKind::dependency_scanning);
  CHECK(report::find_gitlab_kind("GL-SAST-report.json") == GitlabKind::sast);
  CHECK_FALSE(report::find_gitlab_kind("sast/report.json"));
  CHECK_FALSE(report::find_gitlab_kind(""));
  auto secrets = record();
  secrets.batch(complete_batch(ScanType::secrets_scan, "b"));
  CHECK(written(secrets.decide(), "gitlab").at("scan").at("type").as_string() == "secret_detection");
  CHECK(written(with_findings().decide(), "gitlab").at("scan").at("type").as_string() == "sast");
}

TEST_CASE("a scan that is missing or incomplete is a failure, never an empty success") {
  auto code = record();
  code.batch(complete_batch(ScanType::semgrep_scan, "b"));
  const auto status = [&](GitlabKind kind) {
    return std::string(written(code.decide(), "gitlab", kind).at("scan").at("status").as_string());
  };
  CHECK(status(GitlabKind::sast) == "success");
  CHECK(status(GitlabKind::secret_detection) == "failure");
  code.gap({.cause = Cause::context, .detail = "no details", .scan_type = ScanType::sbom_scan});
  CHECK(status(GitlabKind::sast) == "success");
  code.gap({.cause = Cause::api, .detail = "503"});
  CHECK(status(GitlabKind::sast) == "failure");
  for (const auto* name : {"incomplete", "allowed_incomplete", "empty"}) {
    const auto report = written(test::sample_record(name), "gitlab", GitlabKind::sast);
    CHECK(report.at("scan").at("status").as_string() == "failure");
  }
}

TEST_CASE("findings that say the same stay apart and keep their identity over runs") {
  auto builder = record();
  builder.batch(complete_batch(ScanType::semgrep_scan, "b"));
  builder.finding(finding("").message("a"))
      .finding(finding("").message("b"))
      .finding(finding("").message("a"));
  for (const auto* format : {"gitlab", "codequality"}) {
    const auto first = written(builder.decide(), format);
    const auto& rows =
        format == std::string("gitlab") ? first.at("vulnerabilities").as_array() : first.as_array();
    std::set<std::string> ids;
    const auto* key = format == std::string("gitlab") ? "id" : "fingerprint";
    for (const auto& row : rows) ids.insert(std::string(row.at(key).as_string()));
    CHECK(ids.size() == rows.size());
    CHECK(rows.size() >= 2);
  }
}

TEST_CASE("Code Quality of what was not read whole is no empty list") {
  auto builder = record();
  builder.batch(complete_batch(ScanType::semgrep_scan, "b"));
  CHECK(written(builder.decide(), "codequality").as_array().empty());
  for (const auto* detail : {"one", "two"}) builder.gap({.cause = Cause::api, .detail = detail});
  builder.gap({.cause = Cause::timeout, .detail = "three\n"});
  const auto report = written(builder.decide(), "codequality");
  const auto& rows = report.as_array();
  REQUIRE(rows.size() == 3);
  std::set<std::string> ids;
  for (const auto& row : rows) {
    CHECK(row.at("severity").as_string() == "blocker");
    CHECK(row.at("location").at("lines").at("begin").as_int64() == 1);
    ids.insert(std::string(row.at("fingerprint").as_string()));
  }
  CHECK(ids.size() == 3);
  CHECK(rows[0].at("description").as_string() == "incomplete (api): one");
  CHECK(rows[2].at("description").as_string() == "incomplete (timeout): three\\u000A");
  CHECK(written(test::sample_record("allowed_incomplete"), "codequality").as_array()[0].at("severity").as_string() ==
        "info");
}

TEST_CASE("Code Quality holds active findings with a path and a line, most severe first") {
  auto builder = record();
  builder.batch(complete_batch(ScanType::semgrep_scan, "b"));
  builder.finding(finding("f-1").severity("info").path("./src/a.py"));
  builder.finding(finding("f-2").severity("critical").path("/etc/passwd").lines(9).message(""));
  builder.finding(finding("f-3").status("ignored"));
  const auto report = written(builder.decide(), "codequality");
  const auto& rows = report.as_array();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("severity").as_string() == "blocker");
  CHECK(rows[0].at("description").as_string() == "python.sqli reported a finding.");
  CHECK(rows[0].at("location").at("path").as_string() == "kolega-gate/path-unknown");
  CHECK(rows[0].at("location").at("lines").at("begin").as_int64() == 1);
  CHECK(rows[1].at("location").at("path").as_string() == "src/a.py");
  CHECK(rows[1].at("severity").as_string() == "info");
}
