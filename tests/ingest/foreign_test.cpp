#include "ingest/foreign.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "ingest/foreign_read.hpp"
#include "ingest/sarif.hpp"
#include "ingest/uri.hpp"
#include "support/files.hpp"

using namespace kolega;
using namespace kolega::ingest;
using namespace kolega::test;

namespace {

std::string severity(const std::string& result, const std::string& rule = "") {
  return read(sarif(result, rule))->first().severity_word.str();
}

std::string path(const std::string& artifact, const std::string& run = "") {
  return read(sarif(R"("locations":[{"physicalLocation":{"artifactLocation":)" + artifact + "}}]", "", run))
      ->first()
      .path.str();
}

}  // namespace

TEST_CASE("the format is told by the top-level members, in any order") {
  CHECK(detect_format(R"({"version":"2.1.0","runs":[]})") == Format::sarif);
  CHECK(detect_format(R"({"runs":[{"a":{"version":"x"}}],"version":"2.1.0"})") == Format::sarif);
  CHECK(detect_format(R"({"runs":[]})") == Format::sarif);
  CHECK(detect_format(R"({"findings":[],"batch_id":"b"})") == Format::results);
  CHECK(detect_format(R"({"results":[{"check_id":"a","extra":{}}]})") == Format::semgrep);
  CHECK(detect_format(R"({"results":[]})") == Format::semgrep);
  CHECK(detect_format(R"({"format":"kolega-gate/decision-record/v1","findings":[],"batch_id":"x"})") ==
        Format::record);
  CHECK(detect_format("{\"format\":\"kolega-gate/decision-record/v1\"}\n{\"findings\":[]}\n") ==
        Format::record);
  for (const char* other :
       {"", "[]", "{}", "null", "3", "{\"a\":", "gate: v1", "<x/>", R"({"findings":[]})",
        R"({"batch_id":"b"})", R"({"format":"other"})", R"({"nested":{"runs":[],"version":"1"}})",
        R"({"results":[{"source":{},"packages":[]}]})", R"({"runs":{},"version":"2.1.0"})"}) {
    CAPTURE(other);
    CHECK_FALSE(detect_format(other));
  }
  CHECK(failure_of("{}").find("f.json: neither SARIF nor") == 0);
  CHECK(failure_of("[1]").find("f.json: neither SARIF nor") == 0);
  CHECK(failure_of("") == "f.json: the document is empty");
  CHECK(failure_of("{\"runs\":[").find("f.json: the document ends too early") == 0);
}

TEST_CASE("a record is left to its own reader") {
  const auto out = read(R"({"format":"kolega-gate/decision-record/v1"})");
  CHECK(out->file.format == Format::record);
  CHECK(out->file.scans.empty());
}

TEST_CASE("severity of SARIF") {
  struct Case {
    const char* result;
    const char* rule;
    const char* word;
  };
  const std::vector<Case> cases{
      {"", "", "medium"},
      {R"("level":"error")", "", "high"},
      {R"("level":"warning")", "", "medium"},
      {R"("level":"note")", "", "low"},
      {R"("level":"none")", "", "info"},
      {R"("level":"fatal")", "", "fatal"},
      {"", R"("defaultConfiguration":{"level":"error"})", "high"},
      {R"("level":"note")", R"("defaultConfiguration":{"level":"error"})", "low"},
      {"", R"("properties":{"security-severity":"9.0"})", "critical"},
      {"", R"("properties":{"security-severity":"8.9"})", "high"},
      {"", R"("properties":{"security-severity":7})", "high"},
      {"", R"("properties":{"security-severity":6.9})", "medium"},
      {"", R"("properties":{"security-severity":" 3.9 "})", "low"},
      {"", R"("properties":{"security-severity":"0.1"})", "low"},
      {R"("level":"error")", R"("properties":{"security-severity":"0.1"})", "low"},
      {R"("level":"error")", R"("properties":{"security-severity":"0.0"})", "high"},
      {R"("level":"error")", R"("properties":{"security-severity":"-3"})", "high"},
      {R"("level":"error")", R"("properties":{"security-severity":"nan"})", "high"},
      {R"("level":"error")", R"("properties":{"security-severity":"high"})", "high"},
      {R"("level":"note")", R"("properties":{"security-severity":"98"})", "critical"},
      {R"("properties":{"security-severity":"9.8"})", R"("properties":{"security-severity":"2"})",
       "critical"},
      {R"("kind":"informational")", R"("defaultConfiguration":{"level":"error"})", "info"},
      {R"("kind":"open")", R"("defaultConfiguration":{"level":"error"})", "high"},
      {R"("kind":"review")", "", "medium"},
      {R"("kind":"odd","level":"error")", "", "high"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.result);
    CAPTURE(c.rule);
    CHECK(severity(c.result, c.rule) == c.word);
  }
  CHECK(read(sarif("", R"("properties":{"security-severity":"x"})"))
            ->notes("security-severity that is no number"));
  CHECK(read(sarif(R"("level":"fatal")"))->notes("a level that SARIF does not know: 1"));
}

TEST_CASE("rules may follow the results and be named in several ways") {
  const auto one = [](const std::string& result) {
    return read(
        R"({"runs":[{"results":[{"message":{"text":"m"},)" + result +
        R"(}],"tool":{"extensions":[{"name":"E","rules":[{"id":"x1","defaultConfiguration":{"level":"none"}},
                {"id":"x2","defaultConfiguration":{"level":"note"}}]}],
                "driver":{"name":"D","rules":[{"id":"CA1000","defaultConfiguration":{"level":"error"}}]}}}],
                "version":"2.1.0"})");
  };
  struct Case {
    const char* result;
    const char* check_id;
    const char* word;
  };
  const std::vector<Case> cases{
      {R"("ruleIndex":0)", "CA1000", "high"},
      {R"("ruleId":"CA1000")", "CA1000", "high"},
      {R"("ruleId":"CA1000/1")", "CA1000/1", "high"},
      {R"("ruleId":"CA1000/1/2","ruleIndex":0)", "CA1000/1/2", "high"},
      {R"("rule":{"id":"CA1000"})", "CA1000", "high"},
      {R"("rule":{"index":0})", "CA1000", "high"},
      {R"("rule":{"index":1,"toolComponent":{"index":0}})", "x2", "low"},
      {R"("rule":{"id":"x1","toolComponent":{"name":"E"}})", "x1", "info"},
      {R"("ruleId":"x2")", "x2", "low"},
      {R"("ruleId":"x2","ruleIndex":0)", "x2", "low"},
      {R"("ruleId":"unknown")", "unknown", "medium"},
      {R"("ruleIndex":99)", "(no rule)", "medium"},
      {R"("ruleIndex":-1)", "(no rule)", "medium"},
      {R"("rule":{"index":0,"toolComponent":{"index":7}})", "CA1000", "high"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.result);
    const auto out = one(c.result);
    CHECK(out->first().check_id.view() == c.check_id);
    CHECK(out->first().severity_word.view() == c.word);
  }
  CHECK(one(R"("ruleIndex":99)")->notes("ruleIndex points to no rule: 1"));
  CHECK(one(R"("ruleId":"x2","ruleIndex":0)")->notes("disagree"));
  CHECK(one(R"("level":"error")")->notes("results without a rule: 1"));
}

TEST_CASE("messages: text, markdown, by id with arguments, or a placeholder") {
  const auto message = [](const std::string& text, const std::string& rule = "",
                          const std::string& driver = "") {
    return read(R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T",)" + driver +
                R"("rules":[{"id":"r")" + rule + R"(}]}},"results":[{"ruleId":"r")" + text + "}]}]}");
  };
  CHECK(message(R"(,"message":{"text":"a"})")->first().message.view() == "a");
  CHECK(message(R"(,"message":{"markdown":"*b*"})")->first().message.view() == "*b*");
  CHECK(message(R"(,"message":{"text":"{0} of {1} {2} {{x}}","arguments":["a","b"]})")
            ->first()
            .message.view() == "a of b {2} {x}");
  CHECK(message(R"(,"message":{"text":"{0} {{x}}"})")->first().message.view() == "{0} {{x}}");
  const std::string strings = R"(,"messageStrings":{"other":{"text":"no"},"d":{"text":"Use of {0}: {0}"}})";
  CHECK(message(R"(,"message":{"id":"d","arguments":["gets"]})", strings)->first().message.view() ==
        "Use of gets: gets");
  CHECK(message(R"(,"message":{"id":"g"})", "", R"("globalMessageStrings":{"g":{"text":"global"}},)")
            ->first()
            .message.view() == "global");
  for (const char* none :
       {"", R"(,"message":{})", R"(,"message":null)", R"(,"message":{"text":""})",
        R"(,"message":{"id":"missing"})", R"(,"message":"a string")", R"(,"message":{"text":5})"}) {
    CAPTURE(none);
    const auto out = message(none);
    CHECK(out->first().message.view() == "(the file gives no message for this result)");
    CHECK(out->notes("without a message, which get a placeholder: 1"));
    CHECK(out->scan().batch.shortcomings.empty());
  }
}

TEST_CASE("what is no finding is said, and nothing else is left out") {
  const auto out = read(R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[
    {"ruleId":"a","kind":"pass","message":{"text":"1"}},
    {"ruleId":"a","kind":"notApplicable","level":"none","message":{"text":"2"}},
    {"ruleId":"a","kind":"pass","level":"error","message":{"text":"3"}},
    {"ruleId":"a","kind":"informational","message":{"text":"4"}},
    {"ruleId":"a","baselineState":"absent","level":"error","message":{"text":"5"}},
    {"ruleId":"a","baselineState":"unchanged","message":{"text":"6"}},
    {"ruleId":"a","suppressions":[{"kind":"inSource"}],"message":{"text":"7"}},
    {"ruleId":"a","suppressions":[{"kind":"external","status":"accepted"}],"message":{"text":"8"}},
    {"ruleId":"a","suppressions":[{"kind":"external","status":"rejected"}],"message":{"text":"9"}},
    {"ruleId":"a","suppressions":[],"message":{"text":"10"}}]}]})");
  CHECK(out->scan().findings.size() == 7);
  CHECK(out->notes("of kind pass or notApplicable: not findings: 2, first at /runs/0/results/0"));
  CHECK(out->notes("with a level: counted as findings: 1, first at /runs/0/results/2"));
  CHECK(out->notes("of kind informational: counted as findings: 1"));
  CHECK(out->notes("baselineState absent: gone since an earlier run, not findings: 1"));
  CHECK(out->notes("marks as suppressed: counted as findings: 2"));
  CHECK(out->scan().batch.findings_count == 7);
  CHECK(out->scan().batch.rows_received == 7);
}

TEST_CASE("a run that is not complete says why") {
  const auto run = [](const std::string& members) {
    return read(R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}})" + members + "}]}");
  };
  CHECK(run(R"(,"results":[])")->scan().batch.shortcomings.empty());
  CHECK(run("")->lacks("results absent: the run says it computed none"));
  CHECK(run(R"(,"results":null)")->lacks("results absent"));
  CHECK(run(R"(,"results":{})")->lacks("results cannot be read: not an array"));
  CHECK(run(R"(,"results":[null,"x",[]])")->lacks("results cannot be read: not objects"));
  CHECK(run(R"(,"results":[null,"x",[]])")
            ->notes("results that are no objects: 3, first at /runs/0/results/0"));
  CHECK(run(R"(,"results":[],"invocations":[{"executionSuccessful":false}])")->lacks("it failed"));
  CHECK(run(R"(,"results":[],"invocations":[{"executionSuccessful":true},{"executionSuccessful":false}])")
            ->lacks("it failed"));
  const auto fine = run(R"(,"results":[],"invocations":[{"executionSuccessful":true,
    "startTimeUtc":"2026-01-02T03:04:05Z","endTimeUtc":"2026-01-02T03:05:05Z"}])");
  CHECK(fine->scan().batch.shortcomings.empty());
  CHECK(fine->scan().notes.empty());
  CHECK(fine->scan().batch.completed_at == parse_instant("2026-01-02T03:05:05Z"));
  CHECK(run(R"(,"results":[])")->notes("executionSuccessful is absent"));
  CHECK(run(R"(,"results":[],"externalPropertyFileReferences":{"results":[{"location":{"uri":"x"}}]})")
            ->lacks("results are kept in another file"));
  CHECK(
      run(R"(,"results":[],"invocations":[{"executionSuccessful":true,"endTimeUtc":"2026-02-30T00:00:00Z"}])")
          ->notes("dates that do not exist"));
  CHECK(run(R"(,"results":[],"invocations":[{"executionSuccessful":true,"toolExecutionNotifications":
    [{"level":"error","message":{"text":"cannot parse a.c"}},{"level":"note","message":{"text":"fine"}}]}])")
            ->notes("errors that the tool reports of itself (cannot parse a.c): 1"));
  CHECK(read(R"({"version":"2.1.0","runs":[]})")->lacks("holds no run"));
  CHECK(read(R"({"version":"2.1.0","runs":[null]})")->lacks("cannot be read"));
  CHECK(read(R"({"version":"2.1.0","runs":[{"results":[]}]})")->notes("names no tool"));
  CHECK(read(R"({"runs":[{"results":[]}]})")->notes("names no SARIF version"));
}

TEST_CASE("a byte order mark is skipped, and no second one") {
  const std::string mark = "\xEF\xBB\xBF";
  const auto plain = read(sarif(R"("level":"error")"));
  const auto marked = read(mark + sarif(R"("level":"error")"));
  REQUIRE(marked->scan().findings.size() == 1);
  CHECK(marked->first().fingerprint == plain->first().fingerprint.str());
  CHECK(detect_format(mark + sarif("")) == Format::sarif);
  std::size_t told = 0;
  TextPool pool;
  const auto text = mark + sarif("");
  read_foreign({std::string_view(text), [&](std::size_t bytes) { told = bytes; }}, "f.json", pool);
  CHECK(told == text.size());
  CHECK(failure_of(mark + mark + sarif("")) != "read");
  CHECK(failure_of(mark) != "read");
}

TEST_CASE("what is no SARIF 2.1 is refused with its path") {
  CHECK(failure_of(R"({"version":"1.0.0","runs":[]})").find("f.json: /version: SARIF version '1.0.0'") == 0);
  CHECK(failure_of(R"({"version":"2.1.0","runs":[{"results":[{"level":"a","level":"b"}]}]})")
            .find("duplicate key") != std::string::npos);
  CHECK(failure_of(R"({"runs":[{}],"version":{}})").find("read") == 0);
}

TEST_CASE("paths become relative to the repository") {
  CHECK(path(R"({"uri":"src/a.c"})") == "src/a.c");
  CHECK(path(R"({"uri":"src/a%20b%23%C3%A9.c"})") == "src/a b#é.c");
  CHECK(path(R"({"uri":"100%.c"})") == "100%.c");
  CHECK(path(R"({"uri":"a%00b"})") == "a%00b");
  CHECK(path(R"({"uri":"a%FFb"})") == "a%FFb");
  CHECK(path(R"({"uri":"src/a.c","uriBaseId":"%SRCROOT%"})") == "src/a.c");
  const std::string root = R"("originalUriBaseIds":{"%SRCROOT%":{"uri":"file:///build/repo/"}})";
  CHECK(path(R"({"uri":"src/a.c","uriBaseId":"%SRCROOT%"})", root) == "src/a.c");
  CHECK(path(R"({"uri":"file:///build/repo/src/a%20b.c"})", root) == "src/a b.c");
  CHECK(path(R"({"uri":"/build/repo/src/a.c"})", root) == "src/a.c");
  CHECK(path(R"({"uri":"file:///build/repository/a.c"})", root) == "/build/repository/a.c");
  CHECK(path(R"({"uri":"file://localhost/build/repo/a.c"})", root) == "a.c");
  const std::string several = R"("originalUriBaseIds":{"LIB":{"uri":"lib/","uriBaseId":"SRCROOT"},
    "OUT":{"uri":"file:///build/repo/out/"},"SRCROOT":{"uri":"file:///build/repo"},"RING":{"uri":"x/","uriBaseId":"RING"},
    "FAR":{"uri":"file:///usr/include/"}})";
  CHECK(path(R"({"uri":"a.c","uriBaseId":"LIB"})", several) == "lib/a.c");
  CHECK(path(R"({"uri":"a.c","uriBaseId":"OUT"})", several) == "out/a.c");
  CHECK(path(R"({"uri":"stdio.h","uriBaseId":"FAR"})", several) == "stdio.h");
  CHECK(path(R"({"uri":"a.c","uriBaseId":"RING"})", several).ends_with("a.c"));
  CHECK(path(R"({"uri":"a.c","uriBaseId":"UNKNOWN"})", several) == "a.c");
  CHECK(path(R"({"uri":"file:///D:/w/r/a.c"})",
             R"("originalUriBaseIds":{"ROOTPATH":{"uri":"file:///D:/w/r"}})") == "a.c");
  CHECK(path(R"({"uri":"C:\\w\\a.c"})") == "C:/w/a.c");
  CHECK(path(R"({"uri":"file:///w/r/a.c"})",
             R"("invocations":[{"workingDirectory":{"uri":"file:///w/r"}}])") == "a.c");
  CHECK(path(R"({"index":1})", R"("artifacts":[{},{"location":{"uri":"b%20c.c"}}])") == "b c.c");
  CHECK(path(R"({"index":9})", R"("artifacts":[{}])").empty());
  CHECK(path(R"({"uri":"https://example.com/a%20b"})") == "https://example.com/a%20b");
  CHECK(path(R"({"uri":"%2e%2e/secret"})") == "../secret");
  CHECK(read(sarif(R"("locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///x/y"}}}])"))
            ->notes("paths that stay absolute"));
  CHECK(read(sarif(""))->notes("results without a file: 1"));
  CHECK(read(sarif(R"("analysisTarget":{"uri":"t.c"})"))->first().path.view() == "t.c");
}

TEST_CASE("lines are taken from the first location that names a file") {
  const auto out = read(sarif(R"("locations":[{"logicalLocations":[{"name":"f"}]},
    {"physicalLocation":{"artifactLocation":{"uri":"a.c"},"region":{"startLine":3,"endLine":7}}},
    {"physicalLocation":{"artifactLocation":{"uri":"b.c"},"region":{"startLine":30}}}])"));
  CHECK(out->first().path.view() == "a.c");
  CHECK(out->first().line == 3);
  CHECK(out->first().end_line == 7);
  const auto line = [](const std::string& region) {
    const auto read_back = read(sarif(
        R"("locations":[{"physicalLocation":{"artifactLocation":{"uri":"a"},"region":)" + region + "}}]"));
    return std::pair(read_back->first().line, read_back->first().end_line);
  };
  CHECK(line(R"({"startLine":3})") == std::pair(3U, 3U));
  CHECK(line(R"({"startLine":9,"endLine":3})") == std::pair(9U, 9U));
  for (const char* bad : {"0", "-4", "\"3\"", "1.5", "99999999999", "null"}) {
    CHECK(line(R"({"startLine":)" + std::string(bad) + "}") == std::pair(0U, 0U));
  }
}

TEST_CASE("CWE and OWASP come from tags, properties, taxa and relationships") {
  const auto out = read(sarif(
      R"("taxa":[{"id":"190","toolComponent":{"name":"CWE"}}],"properties":{"tags":["CWE-20: Input"],"cwe":"CWE-7"})",
      R"("properties":{"tags":["external/cwe/cwe-079","security","OWASP-A03:2021 - Injection"],"cwe":["CWE-89",22],
         "owasp":"A1: Injection"},"relationships":[{"target":{"id":"CWE-120","toolComponent":{"name":"CWE"}}},
         {"target":{"id":"T1","toolComponent":{"name":"ATTACK"}}}])"));
  const auto cwe = words(out->first().cwe);
  CHECK(std::set<std::string>(cwe.begin(), cwe.end()) ==
        std::set<std::string>{"CWE-190", "CWE-20", "CWE-7", "CWE-79", "CWE-89", "CWE-22", "CWE-120"});
  CHECK(words(out->first().owasp) == std::vector<std::string>{"A03:2021", "A1"});
  struct Case {
    const char* tag;
    std::vector<std::string> cwe;
    std::vector<std::string> owasp;
  };
  const std::vector<Case> cases{
      {"CWE-79: Improper", {"CWE-79"}, {}},
      {"cwe:0079", {"CWE-79"}, {}},
      {"external/cwe/cwe-79", {"CWE-79"}, {}},
      {"CWE", {}, {}},
      {"cwe-1234567", {}, {}},
      {"CWE-0", {}, {}},
      {"owasp-a1", {}, {"A1"}},
      {"OWASP Top 10 2017 A1:2017", {}, {"A1:2017"}},
      {"external/owasp/owasp-a10", {}, {"A10"}},
      {"owasp", {}, {}},
      {"A03", {}, {}},
      {"CWE-79 and CWE-89", {"CWE-79", "CWE-89"}, {}},
      {"OWASP-API3", {}, {}},
  };
  for (const auto& c : cases) {
    std::vector<std::string> cwe_found;
    std::vector<std::string> owasp_found;
    add_tag(c.tag, cwe_found, owasp_found);
    CAPTURE(c.tag);
    CHECK(cwe_found == c.cwe);
    CHECK(owasp_found == c.owasp);
  }
}

TEST_CASE("saved results are a scan of their own") {
  const auto out =
      read(R"({"batch_id":"b7","scan_type":"sbom_scan","status":"partial_failure","findings_count":2,
    "findings":[{"check_id":"c","file_path":"p","severity":"high","message":"m","fingerprint":"f"}]})");
  CHECK(out->file.format == Format::results);
  const auto& batch = out->scan().batch;
  CHECK(batch.id == "b7");
  CHECK(batch.origin == BatchOrigin::file);
  CHECK(batch.type == ScanType::sbom_scan);
  CHECK(batch.status == "partial_failure");
  CHECK(batch.findings_count == 2);
  CHECK(batch.rows_received == 1);
  CHECK(out->scan().guessed == ScanType::sbom_scan);
  CHECK(out->first().fingerprint.str() == "f");
  CHECK(failure_of(R"({"batch_id":"b","findings":[{}]})") == "f.json: /findings/0/check_id: missing");
}

TEST_CASE("Semgrep's JSON") {
  const auto out = read(R"({"version":"1.61.0","errors":[],"results":[
    {"check_id":"c1","path":"a.py","start":{"line":3,"col":1},"end":{"line":4,"col":9},"extra":{"message":"m",
     "severity":"ERROR","fingerprint":"requires login","is_ignored":true,"metadata":{"cwe":"CWE-89: x",
     "owasp":["A03:2021 - Injection"]}}},
    {"check_id":"c2","path":"b.py","extra":{"severity":"INFO","message":"n","metadata":{"cwe":["CWE-1"],
     "owasp":"A01:2021"},"fingerprint":"0123456789"}},
    {"extra":{}}]})");
  const auto& rows = out->scan().findings;
  REQUIRE(rows.size() == 3);
  CHECK(out->scan().tool == "Semgrep 1.61.0");
  CHECK(out->scan().guessed == ScanType::semgrep_scan);
  CHECK(out->scan().batch.shortcomings.empty());
  CHECK(rows[0].severity_word.view() == "high");
  CHECK(rows[0].line == 3);
  CHECK(rows[0].end_line == 4);
  CHECK(rows[0].fingerprint.str().size() == 32);
  CHECK(words(rows[0].cwe) == std::vector<std::string>{"CWE-89"});
  CHECK(words(rows[0].owasp) == std::vector<std::string>{"A03:2021"});
  CHECK(rows[1].severity_word.view() == "INFO");
  CHECK(rows[1].fingerprint.str() == "0123456789");
  CHECK(words(rows[1].owasp) == std::vector<std::string>{"A01:2021"});
  CHECK(rows[2].severity_word.empty());
  CHECK(rows[2].check_id.view() == "(no rule)");
  for (const char* note :
       {"ignored by a comment", "without a check_id: 1", "without a path: 1", "placeholder: 1"}) {
    CHECK(out->notes(note));
  }
  CHECK(read(R"({"results":[],"errors":[{"message":"timeout in a.py"},{"type":"x"}]})")
            ->lacks("reports 2 errors, first: timeout in a.py"));
  CHECK(read(R"({"results":[],"errors":"many"})")->lacks("reports 1 error"));
  CHECK(read(R"({"results":null,"version":"1"})")->lacks("results absent"));
  CHECK(read(R"({"results":[{"check_id":"a","extra":{}},7]})")->lacks("results cannot be read"));
}

TEST_CASE("scanners are known by name") {
  const std::vector<std::pair<const char*, std::optional<ScanType>>> cases{
      {"Flawfinder", ScanType::semgrep_scan},
      {"Semgrep OSS", ScanType::semgrep_scan},
      {"CodeQL", ScanType::semgrep_scan},
      {"Bandit", ScanType::semgrep_scan},
      {"ESLint", ScanType::semgrep_scan},
      {"SnykCode", ScanType::semgrep_scan},
      {"Snyk Code", ScanType::semgrep_scan},
      {"Snyk Open Source", ScanType::sbom_scan},
      {"Snyk Container", ScanType::sbom_scan},
      {"gitleaks", ScanType::secrets_scan},
      {"secretlint", ScanType::secrets_scan},
      {"TruffleHog", ScanType::secrets_scan},
      {"detect-secrets", ScanType::secrets_scan},
      {"Trivy", ScanType::sbom_scan},
      {"Grype", ScanType::sbom_scan},
      {"osv-scanner", ScanType::sbom_scan},
      {"dependency-check", ScanType::sbom_scan},
      {"govulncheck", ScanType::sbom_scan},
      {"Anchore Container", ScanType::sbom_scan},
      {"kolega", ScanType::deep_ai_scan},
      {"", std::nullopt},
      {"Unheard Of", std::nullopt},
      {"mytrivyclone", std::nullopt},
      {"rebandit", std::nullopt},
  };
  for (const auto& [tool, type] : cases) {
    CAPTURE(tool);
    CHECK(guess_scan_type(tool) == type);
  }
}

TEST_CASE("URIs of files") {
  CHECK(uri_scheme("file:///a") == "file");
  CHECK(uri_scheme("HTTPS://a") == "https");
  CHECK(uri_scheme("C:/a").empty());
  CHECK(uri_scheme("a b:c").empty());
  CHECK(uri_scheme("src/a:b").empty());
  CHECK(file_uri_path("file:////src/a") == "/src/a");
  CHECK(file_uri_path("file:/src/./a//b") == "/src/a/b");
  CHECK(file_uri_path("file:///c:/w") == "c:/w");
  CHECK(file_uri_path("file:") == "");
  CHECK(decode_percent("%41%4") == "A%4");
}

TEST_CASE("files that scanners wrote") {
  const auto data = [](const char* name) {
    return read(test::slurp(test::source_dir() / "tests/data" / name));
  };
  const auto kolega = data("kolega-vampi.json");
  CHECK(kolega->file.format == Format::semgrep);
  CHECK(kolega->scan().findings.size() == 17);
  CHECK(kolega->scan().guessed == ScanType::deep_ai_scan);
  CHECK(kolega->scan().tool == "Kolega");
  CHECK(kolega->scan().notes.empty());
  CHECK(kolega->first().check_id.view() == "CWE-321");
  CHECK(kolega->first().path.view() == "config.py");
  CHECK(kolega->first().line == 13);
  CHECK(kolega->first().severity_word.view() == "HIGH");
  CHECK(words(kolega->first().cwe) == std::vector<std::string>{"CWE-321"});

  const auto flawfinder = data("flawfinder.sarif");
  REQUIRE(flawfinder->scan().findings.size() == 7);
  CHECK(flawfinder->scan().tool == "Flawfinder 2.0.19");
  const auto& strcpy_row = flawfinder->scan().findings[2];
  CHECK(strcpy_row.check_id.view() == "FF1001");
  CHECK(strcpy_row.path.view() == "src/copy name.c");
  CHECK(strcpy_row.line == 7);
  CHECK(strcpy_row.severity_word.view() == "high");
  CHECK(words(strcpy_row.cwe) == std::vector<std::string>{"CWE-120"});
  CHECK(strcpy_row.fingerprint.str() == "ec15926452585fb0f64c4b89b2303693a78314070b7ae452808885cc6cfbe3dd");
  // Two findings of one line share the tool's hash, so neither may carry it.
  CHECK(flawfinder->scan().findings[5].fingerprint.str().size() == 32);
  CHECK_FALSE(flawfinder->scan().findings[5].fingerprint == flawfinder->scan().findings[6].fingerprint);

  const auto clang = data("clang-uaf.sarif");
  CHECK(clang->scan().findings.size() == 4);
  CHECK(clang->notes("paths that stay absolute"));
}
