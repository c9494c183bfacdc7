// What tells findings of other tools apart.
#include <doctest/doctest.h>

#include <set>

#include "ingest/foreign_read.hpp"

using namespace kolega;
using namespace kolega::test;

TEST_CASE("identity: the file's own fingerprint where it is one, else a digest with the occurrence") {
  const auto out = read(R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[
    {"ruleId":"a","message":{"text":"m"},"fingerprints":{"x/v1":"0123456789abcdef"},"partialFingerprints":{"p":"pppppppp"}},
    {"ruleId":"a","message":{"text":"m"},"partialFingerprints":{"other":"qqqqqqqqqq","primaryLocationLineHash":"aaaabbbb:1"}},
    {"ruleId":"a","message":{"text":"m"},"partialFingerprints":{"p":"sharedshared"}},
    {"ruleId":"b","message":{"text":"m"},"partialFingerprints":{"p":"sharedshared"}},
    {"ruleId":"b","message":{"text":"m"},"fingerprints":{"matchBasedId/v1":"requires login"}},
    {"ruleId":"b","message":{"text":"m"},"partialFingerprints":{"commitSha":"0123456789abcdef01"}},
    {"ruleId":"b","message":{"text":"m"},"fingerprints":{"0":"1"}}]}]})");
  const auto& rows = out->scan().findings;
  REQUIRE(rows.size() == 7);
  CHECK(rows[0].fingerprint.str() == "0123456789abcdef");
  CHECK(rows[1].fingerprint.str() == "aaaabbbb:1:a");
  std::set<std::string> all;
  for (const auto& row : rows) all.insert(row.fingerprint.str());
  CHECK(all.size() == rows.size());
  for (std::size_t i = 2; i < rows.size(); ++i) CHECK(rows[i].fingerprint.str().size() == 32);
  // The same content gives the same identity whatever stands between, and whatever the line.
  const auto again = read(sarif(
      R"("locations":[{"physicalLocation":{"artifactLocation":{"uri":"a"},"region":{"startLine":1}}}])"));
  const auto moved = read(sarif(
      R"("locations":[{"physicalLocation":{"artifactLocation":{"uri":"a"},"region":{"startLine":9}}}])"));
  const auto other = read(sarif(R"("locations":[{"physicalLocation":{"artifactLocation":{"uri":"b"}}}])"));
  CHECK(again->first().fingerprint == moved->first().fingerprint);
  CHECK_FALSE(again->first().fingerprint == other->first().fingerprint);
}

TEST_CASE("a fingerprint of a line is one of a finding together with the rule") {
  const auto file = [](const std::string& rule) {
    return read(R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[{"ruleId":")" + rule +
                R"(","message":{"text":"m"},"partialFingerprints":{"primaryLocationLineHash":"39fa2ee980eb94b0:1"}}]}]})");
  };
  CHECK(file("sqli")->first().fingerprint.str() == "39fa2ee980eb94b0:1:sqli");
  CHECK_FALSE(file("sqli")->first().fingerprint.str() == file("style")->first().fingerprint.str());
  const auto two = read(R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[
    {"ruleId":"a","message":{"text":"m"},"partialFingerprints":{"primaryLocationLineHash":"1111111111111111:1"}}]},
    {"tool":{"driver":{"name":"U"}},"results":[{"ruleId":"b","message":{"text":"m"},"partialFingerprints":{"p":"22222222"}},
    {"ruleId":"c","message":{"text":"m"},"partialFingerprints":{"primaryLocationLineHash":"3333333333333333:1"}}]}]})");
  CHECK(two->file.scans[0].findings[0].fingerprint.str() == "1111111111111111:1:a");
  CHECK(two->file.scans[1].findings[0].fingerprint.str() == "22222222");
  CHECK(two->file.scans[1].findings[1].fingerprint.str() == "3333333333333333:1:c");
}

TEST_CASE("equal rows of two runs stay apart") {
  const std::string run =
      R"({"tool":{"driver":{"name":"CodeQL"}},"results":[{"ruleId":"a","message":{"text":"m"},
    "fingerprints":{"x":"0123456789"}},{"ruleId":"a","message":{"text":"m"}}]})";
  const auto out = read(R"({"version":"2.1.0","runs":[)" + run + "," + run + "]}");
  REQUIRE(out->file.scans.size() == 2);
  std::set<std::string> all;
  for (const auto& scan : out->file.scans) {
    CHECK(scan.findings.size() == 2);
    CHECK(scan.guessed == ScanType::semgrep_scan);
    for (const auto& finding : scan.findings) {
      all.insert(finding.fingerprint.str());
      CHECK(finding.batch == 0);
      CHECK(finding.scan_type == ScanType::semgrep_scan);
    }
  }
  CHECK(all.size() == 4);
  CHECK(out->file.scans[0].batch.id == "f.json#1");
  CHECK(out->file.scans[1].batch.id == "f.json#2");
}
