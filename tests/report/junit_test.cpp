#include <doctest/doctest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <random>
#include <set>
#include <sstream>

#include "report/escape.hpp"
#include "report/formats.hpp"
#include "report/junit_xml.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using boost::property_tree::ptree;
using test::finding;
using test::rule;

namespace {

std::string junit(const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::write_junit(record, {}, out);
  return out.str();
}

ptree parse(const std::string& text) {
  std::istringstream in(text);
  ptree tree;
  read_xml(in, tree);
  return tree.get_child("testsuites");
}

struct Counts {
  int tests{};
  int failures{};
  int errors{};
  int skipped{};
  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts declared(const ptree& element) {
  return {element.get<int>("<xmlattr>.tests"), element.get<int>("<xmlattr>.failures"),
          element.get<int>("<xmlattr>.errors"), element.get<int>("<xmlattr>.skipped", 0)};
}

Counts counted(const ptree& suite) {
  Counts counts;
  for (const auto& [name, entry] : suite) {
    if (name != "testcase") continue;
    ++counts.tests;
    const auto outcomes = entry.count("failure") + entry.count("error") + entry.count("skipped");
    CHECK(outcomes <= 1);
    counts.failures += static_cast<int>(entry.count("failure"));
    counts.errors += static_cast<int>(entry.count("error"));
    counts.skipped += static_cast<int>(entry.count("skipped"));
  }
  return counts;
}

std::vector<ptree> suites(const ptree& root) {
  std::vector<ptree> out;
  for (const auto& [name, suite] : root) {
    if (name == "testsuite") out.push_back(suite);
  }
  return out;
}

/// The case of this name, in any suite.
ptree find_case(const std::string& text, const std::string& name) {
  for (const auto& suite : suites(parse(text))) {
    for (const auto& [kind, entry] : suite) {
      if (kind == "testcase" && entry.get<std::string>("<xmlattr>.name") == name) return entry;
    }
  }
  FAIL("no case ", name);
  return {};
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

test::RecordBuilder one_batch() {
  auto builder = test::record();
  builder.rule(rule("serious").severity({Severity::high}).most(0));
  builder.batch(test::complete_batch());
  return builder;
}

void check_case(const ptree& entry, std::set<std::string>& names) {
  const auto name = entry.get<std::string>("<xmlattr>.name");
  CHECK_FALSE(name.empty());
  CHECK(names.insert(entry.get<std::string>("<xmlattr>.classname") + "\n" + name).second);
  for (const auto* outcome : {"failure", "error"}) {
    if (entry.count(outcome) == 0) continue;
    CHECK_FALSE(entry.get_child(outcome).get<std::string>("<xmlattr>.message").empty());
    CHECK_FALSE(entry.get_child(outcome).data().empty());
  }
}

}  // namespace

TEST_CASE("a text is shown and escaped in one pass as in two") {
  std::mt19937 random(11);
  const std::vector<std::string> pieces{"a", "plain words ", "#", "##[", "&", "<", ">", "\"", "'", "\n", "\t", "\x7F",
                                        "\xC3\xA9", "\xE2\x80\xAE", "\xF0\x9F\x98\x80", "\xC3", "\xFF", "\xE2\x80", "\xED\xA0\x80"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count) text += pieces[random() % pieces.size()];
    const auto limit = random() % 40 + 4;
    std::string out = "x=\"";
    report::junit::append_shown(out, text, limit);
    std::string expected = "x=\"";
    report::append_xml(expected, report::junit::shown(text, limit));
    REQUIRE(out == expected);
    REQUIRE(report::is_relative(text) == !report::relative_uri(text).empty());
  }
}

TEST_CASE("counts add up, cases are named uniquely, failures have message and text") {
  for (const auto& sample : test::sample_records()) {
    CAPTURE(sample.name);
    const auto root = parse(junit(sample.record));
    Counts total;
    for (const auto& suite : suites(root)) {
      CHECK(declared(suite) == counted(suite));
      total.tests += counted(suite).tests;
      total.failures += counted(suite).failures;
      total.errors += counted(suite).errors;
      std::set<std::string> names;
      for (const auto& [kind, entry] : suite) {
        if (kind == "testcase") check_case(entry, names);
      }
    }
    CHECK(declared(root) == total);
    CHECK(total.tests > 0);
  }
}

TEST_CASE("the report is green only when the verdict lets the pipeline go on with complete data") {
  for (const auto& sample : test::sample_records()) {
    CAPTURE(sample.name);
    const auto counts = declared(parse(junit(sample.record)));
    const auto outcome = sample.record.verdict.outcome;
    const bool good = outcome == gate::Outcome::pass || outcome == gate::Outcome::warn;
    CHECK((counts.failures + counts.errors == 0) == good);
    CHECK((counts.failures > 0) == (outcome == gate::Outcome::fail));
  }
}

TEST_CASE("a finding within the limit of a blocking rule is no failure") {
  auto builder = test::record();
  builder.rule(rule("some").most(5)).batch(test::complete_batch()).finding(finding("f-1"));
  const auto text = junit(builder.decide());
  CHECK(declared(parse(text)).failures == 0);
  const auto entry = find_case(text, "python.sqli: src/app.py (f-1)");
  CHECK(entry.get<std::string>("skipped.<xmlattr>.message") == "high, within the limit of rule some");
}

TEST_CASE("a rule with an undecided verdict is an error") {
  const auto text = junit(test::sample_record("incomplete"));
  CHECK(find_case(text, "serious").count("error") == 1);
  CHECK(find_case(text, "secrets").count("error") == 0);
}

TEST_CASE(
    "each repository that did not finish is an error with its reason, even where the policy allows it") {
  const auto text = junit(test::sample_record("allowed_incomplete"));
  const auto entry = find_case(text, "semgrep_scan batch b-sast: acme/lib");
  CHECK(entry.get<std::string>("error.<xmlattr>.message") ==
        "repository acme/lib did not finish, it is failed: clone failed: timeout");
}

TEST_CASE("findings without a fingerprint still have names of their own") {
  auto builder = one_batch();
  for (int i = 0; i < 3; ++i) builder.finding(finding(""));
  const auto text = junit(builder.decide());
  CHECK(find_case(text, "python.sqli: src/app.py").count("failure") == 1);
  CHECK(find_case(text, "python.sqli: src/app.py #2").count("failure") == 1);
  CHECK(find_case(text, "python.sqli: src/app.py #3").count("failure") == 1);
}

TEST_CASE("a name that is taken by a numbered one is numbered on") {
  auto builder = one_batch();
  builder.finding(finding("").path("a")).finding(finding("").path("a")).finding(finding("").path("a #2"));
  const auto suite = suites(parse(junit(builder.decide()))).at(1);
  std::set<std::string> names;
  for (const auto& [kind, entry] : suite) {
    if (kind == "testcase") check_case(entry, names);
  }
  CHECK(names.size() == 3);
}

TEST_CASE("a million bytes a finding and more findings than readers take: the file stays small and red") {
  auto builder = one_batch();
  for (int i = 0; i < 20'010; ++i)
    builder.finding(finding("f" + std::to_string(i)).path("src/" + std::to_string(i)));
  builder.finding(finding("long").path("a").message(std::string(1'000'000, '"')));
  const auto text = junit(builder.decide());
  CHECK(text.size() < 30'000'000);
  const auto last = text.find("name=\"and 11 more findings\"");
  REQUIRE(last != std::string::npos);
  CHECK(text.substr(last, 100).find("<failure") != std::string::npos);
  CHECK(occurrences(text, "<testcase ") == 1 + 20'001 + 1);
  CHECK(text.find("name=\"kolega-gate findings\" tests=\"20001\" failures=\"20001\"") != std::string::npos);
}

TEST_CASE("hostile messages of full length keep within the bytes that GitLab reads") {
  auto builder = one_batch();
  const std::string message(2000, '\'');
  for (int i = 0; i < 2500; ++i) {
    builder.finding(finding("f" + std::to_string(i)).path("src/" + std::to_string(i)).message(message));
  }
  const auto text = junit(builder.decide());
  CHECK(text.size() < 30'000'000);
  CHECK(text.find(" more findings") != std::string::npos);
}

TEST_CASE("times are seconds with three decimals whatever the server's clock said") {
  auto builder = test::record();
  auto batch = test::complete_batch();
  batch.started_at = parse_instant("2026-11-23T12:00:00Z");
  batch.completed_at = parse_instant("2026-11-23T11:00:00Z");
  builder.rule(rule("r")).batch(batch);
  const auto text = junit(builder.decide());
  CHECK(find_case(text, "semgrep_scan batch b-1").get<std::string>("<xmlattr>.time") == "0.000");
  CHECK(find_case(junit(test::sample_record("pass")), "semgrep_scan batch b-sast")
            .get<std::string>("<xmlattr>.time") == "123.500");
}
