#include <doctest/doctest.h>

#include <sstream>

#include "base/text.hpp"
#include "report/formats.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using test::finding;
using test::rule;

namespace {

std::string page(const gate::DecisionRecord& record) {
  std::ostringstream out;
  report::write_markdown(record, {}, out);
  return out.str();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the page stays under 60,000 bytes whatever the record holds") {
  auto builder = test::record();
  const std::string bad(3000, '@');
  builder.inputs().policy->name = builder.inputs().subject.repository = builder.inputs().subject.run_url =
      bad;
  builder.inputs().notes.assign(100, bad);
  for (int i = 0; i < 100; ++i) builder.rule(rule(bad + std::to_string(i)).most(0));
  for (int i = 0; i < 40; ++i) {
    auto batch = test::complete_batch(ScanType::semgrep_scan, bad + std::to_string(i));
    batch.status = bad;
    batch.repositories.assign(9, {.name = bad, .branch = bad, .status = "succeeded"});
    builder.batch(batch);
  }
  for (int i = 0; i < 100; ++i) builder.gap({.cause = Cause::api, .detail = bad, .hint = bad});
  for (int i = 0; i < 300; ++i) {
    builder.finding(
        finding(std::to_string(i)).path(bad + std::to_string(i)).check(bad).message(bad).severity("high"));
  }
  const auto text = page(builder.decide());
  CHECK(text.size() < 60'000);
  for (const auto* part : {"### What is missing", "### Rules", "### Over a limit", "### Scans", " more"})
    CHECK(holds(text, part));
}

TEST_CASE("fifty findings are shown, the rest is counted") {
  auto builder = test::record();
  builder.rule(rule("r").most(0)).batch(test::complete_batch());
  for (int i = 0; i < 60; ++i)
    builder.finding(finding("f" + std::to_string(i)).path("p" + std::to_string(i)));
  const auto text = page(builder.decide());
  std::size_t rows = 0;
  for (const auto line : split(text, '\n')) rows += line.starts_with("| high |") ? 1 : 0;
  CHECK(rows == 50);
  CHECK(holds(text, "… and 10 more findings"));
}

TEST_CASE("hostile text adds no line, no cell and no markup") {
  const auto text = page(test::sample_record("hostile"));
  for (const auto* part :
       {"<script", "<img", "<b>", "<i>", "@octocat", "](", "javascript:", "```", "##vso"}) {
    CAPTURE(part);
    CHECK_FALSE(holds(text, part));
  }
  for (const auto line : split(text, '\n')) {
    if (line.starts_with("| high |")) CHECK(split(line, '|').size() == 7);
  }
}

TEST_CASE("a sandbox run and a missing policy are said") {
  CHECK(holds(page(test::sample_record("sandbox")), "**Sandbox run:**"));
  CHECK_FALSE(holds(page(test::sample_record("pass")), "Sandbox"));
  CHECK(holds(page(test::sample_record("empty")), "no policy"));
}

TEST_CASE("only an http URL becomes a link") {
  CHECK(holds(page(test::sample_record("fail")), "[run](<https://ci.example.com/runs/17>)"));
  CHECK_FALSE(holds(page(test::sample_record("hostile")), "[run]"));
}
