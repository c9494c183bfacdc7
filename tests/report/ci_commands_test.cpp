#include "report/ci_commands.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "base/text.hpp"
#include "report/annotations.hpp"
#include "report/formats.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using namespace kolega::report;
using test::complete_batch;
using test::finding;
using test::rule;

namespace {

std::size_t count(const std::vector<Annotation>& list, Annotation::Level level) {
  return static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [&](const Annotation& a) { return a.level == level; }));
}

std::string written(const gate::DecisionRecord& record, std::string_view format) {
  std::ostringstream out;
  find_format(format)->write(record, {}, out);
  return out.str();
}

/// 25 findings that block, 15 that warn, 12 that are observed, 6 gaps.
gate::DecisionRecord crowded() {
  auto builder = test::record();
  builder.batch(complete_batch(ScanType::semgrep_scan, "b"));
  builder.rule(rule("block").severity({Severity::critical}).most(0));
  builder.rule(rule("warn").severity({Severity::high}).most(0).mode(policy::Mode::warn));
  builder.rule(rule("watch").severity({Severity::low}).most(0).mode(policy::Mode::observe));
  const auto add = [&](const std::string& severity, int number) {
    for (int i = 0; i < number; ++i)
      builder.finding(finding(severity + std::to_string(i)).severity(severity).lines(3, 5));
  };
  add("critical", 25);
  add("high", 15);
  add("low", 12);
  for (int i = 0; i < 6; ++i) builder.gap({.cause = Cause::api, .detail = "gap " + std::to_string(i)});
  return builder.decide();
}

std::string value_of(const std::vector<Variable>& variables, std::string_view name) {
  for (const auto& variable : variables) {
    if (variable.name.view() == name) return variable.value;
  }
  return "no such variable";
}

}  // namespace

TEST_CASE("ten annotations of a level at most, the verdict first, and it says what is left out") {
  const auto list = annotations(crowded());
  CHECK(count(list, Annotation::Level::error) == 10);
  CHECK(count(list, Annotation::Level::warning) == 10);
  CHECK(count(list, Annotation::Level::notice) == 10);
  CHECK(list[0].title == "kolega-gate: FAIL");
  CHECK(list[0].path.empty());
  // 52 findings and 6 gaps; shown: 4 gaps, 5 + 10 + 10 findings
  CHECK(list[0].message.find("(29 more in the reports)") != std::string::npos);
  CHECK(list[5].path == "src/app.py");
  CHECK(list[5].line == 3);
  CHECK(list[5].end_line == 5);
  CHECK(annotations(test::sample_record("pass")).size() == 1);
}

TEST_CASE("findings within a limit, triaged and excluded ones are no annotations") {
  for (const auto& annotation : annotations(test::sample_record("fail"))) {
    CHECK(annotation.path != "src/d.py");
    CHECK(annotation.path != "tests/sqli.py");
  }
}

TEST_CASE("GitHub and Azure commands name the place and the level") {
  const auto record = crowded();
  const auto github = written(record, "github");
  CHECK(github.starts_with("::error title=kolega-gate%3A FAIL::"));
  CHECK(github.find(
            "\n::error file=src/app.py,line=3,endLine=5,title=critical%3A python.sqli::Untrusted data") !=
        std::string::npos);
  const auto azure = written(record, "azure");
  CHECK(azure.starts_with("##vso[task.logissue type=error;]kolega-gate: FAIL: "));
  CHECK(azure.find(
            "\n##vso[task.logissue type=warning;sourcepath=src/app.py;linenumber=3;code=python.sqli;]") !=
        std::string::npos);
  CHECK(written(test::sample_record("pass"), "azure").starts_with("kolega-gate: PASS: "));
}

TEST_CASE("hostile text forges no command: one command a line, all of them ours") {
  const auto record = test::sample_record("hostile");
  const auto github = written(record, "github");
  for (const auto line : split(github, '\n')) {
    if (!line.empty()) CHECK((line.starts_with("::error ") || line.starts_with("::warning ")));
    CHECK(line.find("##[") == std::string_view::npos);
  }
  const auto azure = written(record, "azure");
  for (const auto line : split(azure, '\n')) {
    if (!line.empty()) CHECK(line.starts_with("##vso[task.logissue type="));
    CHECK(line.find("##vso[", 1) == std::string_view::npos);
  }
}

TEST_CASE("values for later steps count all findings, and the active ones by severity") {
  const auto variables = verdict_variables(test::sample_record("fail"));
  CHECK(value_of(variables, "verdict") == "fail");
  CHECK(value_of(variables, "batch-ids") == "b-secrets,b-sast");
  CHECK(value_of(variables, "critical") == "1");
  CHECK(value_of(variables, "total") == "9");
  CHECK(value_of(variables, "new").empty());
}

TEST_CASE("a value cannot end its block or bring a second line") {
  const auto text = render_github_outputs({{"a", "EOF"}, {"b", "x\nEOF\nc=1"}}, "EOF");
  CHECK(text == "a<<EOF_\nEOF\nEOF_\nb<<EOF_\nx\\u000AEOF\\u000Ac=1\nEOF_\n");
  CHECK(render_github_outputs({{"a", "x ##[error]y"}}, "EOF") == "a<<EOF\nx # #[error]y\nEOF\n");
  CHECK_THROWS_AS(render_github_outputs({{"a", "b"}}, "EOF\nx=1"), Error);
  CHECK_THROWS_AS(render_github_outputs({{"a", "b"}}, ""), Error);
  CHECK(render_azure_variables({{"exit-code", "1"}, {"x", "a]\n##vso[b]"}}) ==
        "##vso[task.setvariable variable=exit_code;isOutput=true]1\n"
        "##vso[task.setvariable variable=x;isOutput=true]a%5D\\u000A# #vso[b%5D\n");
  CHECK(render_azure_summary("/tmp/a;b.md") == "##vso[task.uploadsummary]/tmp/a%3Bb.md\n");
}
