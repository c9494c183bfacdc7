#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include <boost/json/serialize.hpp>
#include <sstream>

#include "base/json.hpp"
#include "report/formats.hpp"
#include "report/sarif_rules.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using report::SarifProfile;
using test::finding;
using test::rule;

namespace {

/// The only run of the file.
boost::json::value run_of(const gate::DecisionRecord& record, SarifProfile profile = SarifProfile::generic) {
  std::ostringstream out;
  report::write_sarif(record, {.sarif_profile = profile}, out);
  return parse_json(out.str(), "sarif", ErrorKind::internal).at("runs").at(0);
}

std::vector<std::string> rule_ids(const boost::json::value& run) {
  std::vector<std::string> ids;
  for (const auto& entry : run.at("tool").at("driver").at("rules").as_array()) {
    ids.emplace_back(entry.at("id").as_string());
  }
  return ids;
}

boost::json::array results(const boost::json::value& run) {
  return run.at("results").as_array();
}

boost::json::object location(const boost::json::value& result) {
  return result.at("locations").at(0).as_object();
}

test::RecordBuilder one_batch() {
  auto builder = test::record();
  builder.rule(rule("serious").severity({Severity::high, Severity::critical}).most(0));
  builder.batch(test::complete_batch());
  return builder;
}

}  // namespace

TEST_CASE(
    "a check with several severities is a rule a severity, because GitHub reads severity from the rule") {
  auto builder = one_batch();
  builder.finding(finding("a").severity("high")).finding(finding("b").severity("low").path("b"));
  builder.finding(finding("c").check("single").path("c"));
  const auto record = builder.decide();
  CHECK(rule_ids(run_of(record)) ==
        std::vector<std::string>{"python.sqli/low", "single", "python.sqli/high"});
}

TEST_CASE("every result names its batch, however long the name of that is") {
  const std::string name(300, 'b');
  auto builder = test::record();
  auto batch = test::complete_batch();
  batch.id = name;
  builder.batch(batch);
  for (int i = 0; i < 40; ++i) builder.finding(finding(std::to_string(i)).path("p" + std::to_string(i)));
  const auto all = results(run_of(builder.decide()));
  REQUIRE(all.size() == 40);
  for (const auto& result : all) CHECK(result.at("properties").at("batch").as_string() == name);
}

TEST_CASE("where alerts are recognised by rule id, the id does not depend on other findings") {
  auto alone = one_batch();
  alone.finding(finding("a").severity("high"));
  auto both = one_batch();
  both.finding(finding("a").severity("high")).finding(finding("b").severity("low").path("b"));
  for (const auto profile : {SarifProfile::github, SarifProfile::azure}) {
    const auto id = [&](test::RecordBuilder& builder) {
      for (const auto& result : results(run_of(builder.decide(), profile))) {
        if (result.at("fingerprints").at("kolegaFingerprint/v1") == "a")
          return std::string(result.at("ruleId").as_string());
      }
      return std::string();
    };
    CHECK(id(alone) == "python.sqli/high");
    CHECK(id(both) == id(alone));
  }
}

TEST_CASE("rule ids stay distinct for check ids that look like ours") {
  auto builder = one_batch();
  builder.finding(finding("a").check("x").severity("high"))
      .finding(finding("b").check("x").severity("low").path("b"));
  builder.finding(finding("c").check("x/high").severity("high").path("c"));
  auto ids = rule_ids(run_of(builder.decide()));
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<std::string>{"x/high", "x/high/high", "x/low"});
}

TEST_CASE("two check ids that are alike once they are cut share a rule") {
  auto builder = one_batch();
  builder.finding(finding("a").check(std::string(400, 'x') + "1"))
      .finding(finding("b").check(std::string(400, 'x') + "2"));
  const auto run = run_of(builder.decide());
  CHECK(rule_ids(run).size() == 1);
  CHECK(results(run).size() == 2);
}

TEST_CASE("security-severity stays in GitHub's band of the severity") {
  using report::security_severity;
  CHECK(security_severity(Severity::critical, {}) == "9.5");
  CHECK(security_severity(Severity::high, {}) == "8.0");
  CHECK(security_severity(Severity::medium, {}) == "5.5");
  CHECK(security_severity(Severity::low, {}) == "2.0");
  CHECK(security_severity(Severity::info, {}) == "0.1");
  CHECK(security_severity(Severity::critical, 9.0F) ==
        "9.1");  // GitHub counts 9.0 neither as high nor as critical
  CHECK(security_severity(Severity::critical, 9.8F) == "9.8");
  CHECK(security_severity(Severity::high, 9.8F) == "8.9");
  CHECK(security_severity(Severity::medium, 0.0F) == "4.0");
  CHECK(security_severity(Severity::info, 10.0F) == "0.1");
  CHECK(security_severity(Severity::high, -1e30F) == "7.0");
  CHECK(security_severity(Severity::high, std::numeric_limits<float>::quiet_NaN()) == "8.0");
  CHECK(security_severity(Severity::high, std::numeric_limits<float>::infinity()) == "8.0");
}

TEST_CASE("a rule takes the CVSS score only where its findings agree") {
  auto same = one_batch();
  same.finding(finding("a").cvss(7.5F)).finding(finding("b").cvss(7.5F).path("b"));
  auto different = one_batch();
  different.finding(finding("a").cvss(7.5F)).finding(finding("b").cvss(8.1F).path("b"));
  const auto score = [](test::RecordBuilder& builder) {
    return std::string(run_of(builder.decide())
                           .at("tool")
                           .at("driver")
                           .at("rules")
                           .at(0)
                           .at("properties")
                           .at("security-severity")
                           .as_string());
  };
  CHECK(score(same) == "7.5");
  CHECK(score(different) == "8.0");
}

TEST_CASE("what was taken out is a suppressed result, but not for GitHub, which would open an alert") {
  const auto record = test::sample_record("fail");
  std::size_t suppressed = 0;
  for (const auto& result : results(run_of(record)))
    suppressed += result.as_object().contains("suppressions") ? 1 : 0;
  CHECK(suppressed == 2);
  const auto github = run_of(record, SarifProfile::github);
  for (const auto& result : results(github)) CHECK_FALSE(result.as_object().contains("suppressions"));
  CHECK(results(github).size() == results(run_of(record)).size() - 2);
  CHECK(github.at("properties").at("left_out").at("triaged").as_int64() == 1);
  CHECK(github.at("properties").at("left_out").at("excluded").as_int64() == 1);
}

TEST_CASE("GitHub gets the 5,000 most severe and is told how many were left out") {
  auto builder = one_batch();
  for (int i = 0; i < 5003; ++i) {
    builder.finding(
        finding("f" + std::to_string(i)).severity(i < 5 ? "critical" : "low").path("z" + std::to_string(i)));
  }
  const auto record = builder.decide();
  CHECK(results(run_of(record)).size() == 5003);
  const auto run = run_of(record, SarifProfile::github);
  CHECK(results(run).size() == 5000);
  CHECK(results(run).at(4).at("properties").at("severity") == "critical");
  CHECK(run.at("properties").at("left_out").at("over_limit").as_int64() == 3);
  const auto& notes = run.at("invocations").at(0).at("toolExecutionNotifications").as_array();
  CHECK(std::ranges::any_of(notes, [](const auto& note) {
    return note.at("descriptor").at("id") == "results-left-out";
  }));
}

TEST_CASE("a path that is no place in the repository gets a stated placeholder") {
  auto builder = one_batch();
  builder.finding(finding("a").path("../../etc/passwd").lines(7, 9));
  const auto run = run_of(builder.decide(), SarifProfile::github);
  const auto place = location(results(run).at(0));
  CHECK(place.at("physicalLocation").at("artifactLocation").at("uri") == "kolega-gate/path-unknown");
  CHECK(place.at("physicalLocation").at("region").at("startLine").as_int64() == 1);
  CHECK(place.at("message").at("text").as_string().find("../../etc/passwd") != boost::json::string::npos);
}

TEST_CASE("lines: unknown is 1, the end never lies before the start, no column is invented") {
  auto builder = one_batch();
  builder.finding(finding("a").lines(0))
      .finding(finding("b").path("b").lines(9, 3))
      .finding(finding("c").path("c").lines(4, 6));
  const auto run = run_of(builder.decide());
  const auto region = [&](std::size_t i) {
    return location(results(run).at(i)).at("physicalLocation").at("region");
  };
  CHECK(boost::json::serialize(region(0)) == R"({"startLine":9,"startColumn":1,"endLine":9})");
  CHECK(boost::json::serialize(region(1)) == R"({"startLine":4,"startColumn":1,"endLine":6})");
  CHECK(boost::json::serialize(region(2)) == R"({"startLine":1,"startColumn":1,"endLine":1})");
}

TEST_CASE("a file for GitHub holds the line hash of the source or none") {
  for (const auto& sample : test::sample_records()) {
    std::set<std::string> known;
    for (const auto& row : sample.record.inputs.findings.rows) known.insert(row.line_hash.str());
    const auto run = run_of(sample.record, SarifProfile::github);
    for (const auto& result : results(run)) {
      const auto* hashes = result.as_object().if_contains("partialFingerprints");
      if (hashes) CHECK(known.contains(hashes->at("primaryLocationLineHash").as_string().c_str()));
    }
  }
}

TEST_CASE("other readers get something stable where the source could not be read") {
  const auto hash_of = [&](const std::string& fingerprint) {
    auto builder = one_batch();
    builder.finding(finding(fingerprint).lines(0));
    const auto run = run_of(builder.decide());
    return std::string(results(run).at(0).at("partialFingerprints").at("primaryLocationLineHash").as_string());
  };
  // A SHA-256 stands for itself, everything else is digested.
  const std::string zeros(63, '0');
  CHECK(hash_of("0123456789abcdef" + std::string(48, '7')) == "0123456789abcdef:1");
  const std::vector<std::string> alike{zeros + "1", "no-line", zeros, zeros + "12", zeros + "g", zeros + "A"};
  std::set<std::string> seen;
  for (const auto& fingerprint : alike) {
    const auto hash = hash_of(fingerprint);
    CHECK(hash == hash_of(fingerprint));
    CHECK(hash.size() == 18);
    CHECK(hash.ends_with(":1"));
    seen.insert(hash);
  }
  CHECK(seen.size() == alike.size());
}

TEST_CASE("incomplete data is never a successful execution") {
  for (const auto& sample : test::sample_records()) {
    CAPTURE(sample.name);
    const auto run = run_of(sample.record);
    const auto& invocation = run.at("invocations").at(0).as_object();
    CHECK(invocation.at("executionSuccessful").as_bool() == sample.record.verdict.incomplete.empty());
    std::size_t told = 0;
    for (const auto& entry : invocation.at("toolExecutionNotifications").as_array()) {
      told += entry.at("descriptor").at("id").as_string().starts_with("incomplete/") ? 1 : 0;
    }
    CHECK(told == sample.record.verdict.incomplete.size());
  }
}

TEST_CASE("a clean run has an empty list of results, so that old alerts close") {
  const auto record = one_batch().decide();
  for (const auto profile : {SarifProfile::generic, SarifProfile::github, SarifProfile::azure}) {
    CHECK(run_of(record, profile).at("results").as_array().empty());
  }
}

TEST_CASE("the category names what is judged; Azure's form names the run of the pipeline, or is left out") {
  auto record = test::sample_record("fail");
  const auto github = run_of(record, SarifProfile::github);
  CHECK(github.at("automationDetails").at("id") == "kolega-gate/acme/app/secrets_scan+semgrep_scan/");
  CHECK_FALSE(run_of(record, SarifProfile::azure).as_object().contains("automationDetails"));
  record.inputs.subject.azure =
      AzureRun{"acme", "1111", "42", "Nightly", "2222", "Analyze", "refs/heads/main", "99"};
  const auto azure = run_of(record, SarifProfile::azure).at("automationDetails");
  CHECK(azure.at("id") == "azuredevops/pipeline/build/acme/1111/42/2222/refs/heads/main/99");
  const auto& properties = azure.at("properties").as_object();
  CHECK(properties.size() == 4);
  CHECK(properties.at("azuredevops/pipeline/build/buildDefinitionId") == "42");
  CHECK(properties.at("azuredevops/pipeline/build/buildDefinitionName") == "Nightly");
  CHECK(properties.at("azuredevops/pipeline/build/phaseId") == "2222");
  CHECK(properties.at("azuredevops/pipeline/build/phaseName") == "Analyze");
}

TEST_CASE("a message of megabytes is cut, an empty one is filled in") {
  auto builder = one_batch();
  builder.finding(finding("a").message(std::string(8'000'000, '[')))
      .finding(finding("b").path("z").message(" \n "));
  const auto run = run_of(builder.decide());
  CHECK(results(run).at(0).at("message").at("text").as_string().size() < 20'000);
  CHECK(results(run).at(1).at("message").at("text") == "python.sqli reported a finding.");
}
