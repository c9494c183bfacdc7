#include "report/formats.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "report/view.hpp"
#include "support/builders.hpp"

using namespace kolega;
using namespace kolega::report;
using test::finding;
using test::rule;

namespace {

std::vector<std::string> fingerprints(const gate::DecisionRecord& record, bool counted_first) {
  std::vector<std::string> out;
  for (const auto row : sorted_rows(record, counted_first)) {
    out.push_back(record.inputs.findings.rows[row].fingerprint.str());
  }
  return out;
}

}  // namespace

TEST_CASE("the table of formats has a writer and a summary for each name, and finds by name") {
  for (const auto& format : formats()) {
    CAPTURE(format.name);
    CHECK(bool(format.write));
    CHECK_FALSE(format.summary.empty());
    CHECK(find_format(format.name) == &format);
  }
  CHECK(format_names() == std::vector<std::string_view>{"table", "sarif", "junit", "json", "markdown", "html",
                                                        "gitlab", "codequality", "github", "azure"});
  CHECK(find_format("SARIF") == nullptr);
  CHECK(find_format("") == nullptr);
}

TEST_CASE("rows are sorted by severity, then place; those over a limit come first on request") {
  auto builder = test::record();
  builder.rule(rule("mediums").severity({Severity::medium}).most(0)).batch(test::complete_batch());
  builder.finding(finding("c").severity("critical").path("z"))
      .finding(finding("m2").severity("medium").path("b").lines(9));
  builder.finding(finding("m1").severity("medium").path("b").lines(2))
      .finding(finding("l").severity("low").path("a"));
  const auto record = builder.decide();
  CHECK(fingerprints(record, false) == std::vector<std::string>{"c", "m1", "m2", "l"});
  CHECK(fingerprints(record, true) == std::vector<std::string>{"m1", "m2", "c", "l"});
}

TEST_CASE("a severity within its own number does not break the rule that counts it") {
  auto builder = test::record();
  builder.rule(rule("debt").most(Severity::critical, 0).most(Severity::medium, 5))
      .batch(test::complete_batch());
  builder.finding(finding("c").severity("critical"))
      .finding(finding("m").severity("medium").path("src/b.py"));
  const auto record = builder.decide();
  CHECK(fingerprints(record, true) == std::vector<std::string>{"c", "m"});
  CHECK(weights(record) == std::vector<Weight>{Weight::blocks, Weight::within});
}

TEST_CASE("every counting rule of a row is known, beyond the sixty-fourth too") {
  auto builder = test::record();
  for (int i = 0; i < 70; ++i) {
    builder.rule(
        rule("r" + std::to_string(i)).severity({i % 2 == 0 ? Severity::high : Severity::low}).most(9));
  }
  builder.batch(test::complete_batch()).finding(finding("f").severity("high"));
  const auto record = builder.decide();
  const auto bits = counting_rules(record);
  const auto rules = rules_of(record, 0, bits[0]);
  CHECK(rules.size() == 35);
  CHECK(rules.back() == 68);
}

TEST_CASE("json is the decision record") {
  auto builder = test::record();
  builder.batch(test::complete_batch()).rule(rule("r"));
  std::ostringstream ours;
  std::ostringstream gates;
  find_format("json")->write(builder.decide(), {}, ours);
  gate::write_record(builder.decide(), gates);
  CHECK(ours.str() == gates.str());
}

TEST_CASE("findings that nobody judged, for want of a policy, break no writer") {
  auto builder = test::record();
  builder.batch(test::complete_batch()).finding(finding("f"));
  builder.inputs().policy.reset();
  const auto record = builder.decide();
  for (const auto profile : {SarifProfile::generic, SarifProfile::github}) {
    for (const auto& format : formats()) {
      std::ostringstream out;
      format.write(record, {.sarif_profile = profile}, out);
      CHECK_FALSE(out.str().empty());
    }
  }
}

TEST_CASE("a format says so when it tells the digests of the files, which are made for no other") {
  auto builder = test::record();
  builder.inputs().files.push_back({"a.sarif", std::string(64, 'd'), "sarif", {}});
  const auto record = builder.decide();
  for (const auto& format : formats()) {
    CAPTURE(format.name);
    std::ostringstream out;
    format.write(record, {}, out);
    CHECK((out.str().find(std::string(64, 'd')) != std::string::npos) == format.tells_digests);
  }
}

TEST_CASE("a cut keeps whole characters and says that it cut") {
  CHECK(cut("short", 5) == "short");
  CHECK(cut("longer text", 8) == "longe...");
  CHECK(cut("aaaaé", 6) == "aaaaé");
  CHECK(cut("aaéééé", 7) == "aaé...");
  CHECK(cut("aaaééé", 7) == "aaa...");
}
