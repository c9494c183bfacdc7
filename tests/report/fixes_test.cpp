#include "report/fixes.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "gate/phrases.hpp"
#include "report/formats.hpp"
#include "support/sample_records.hpp"

using namespace kolega;

namespace {

/// Without what Markdown puts in the place of marks.
std::string rendered(const report::Format& format, const gate::DecisionRecord& record) {
  std::ostringstream out;
  format.write(record, {}, out);
  auto text = out.str();
  for (const auto& [entity, mark] : {std::pair{"&#45;", "-"}, {"&#46;", "."}, {"&#47;", "/"}}) {
    for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity))
      text.replace(at, 5, mark);
  }
  std::erase(text, '\\');
  return text;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every format names the fix, its diff and its pull request") {
  auto record = test::sample_record("fixed");
  auto& fix = record.inputs.fixes.front();
  fix.diff = "fixes.patch";
  fix.pull_requests = {"https://x.example/7"};
  for (const auto& format : report::formats()) {
    const auto text = rendered(format, record);
    CAPTURE(format.name);
    CAPTURE(text);
    for (const std::string word : {"fix-1", "completed", "fixes.patch", "x.example/7"}) {
      CAPTURE(word);
      CHECK(contains(text, word));
    }
  }
}

TEST_CASE("without a saved patch the command that prints it is named, while there is one") {
  auto record = test::sample_record("fixed");
  auto& fix = record.inputs.fixes.front();
  fix.diff.clear();
  CHECK(report::describe_diff(record, fix) == "kolega-gate fixes diff fix-1 --repository r1");
  fix.status = "running";
  CHECK(report::describe_diff(record, fix).empty());
  const auto all = report::describe_fixes(test::sample_record("fixed"));
  REQUIRE(all.size() == 3);
  CHECK(all[1] == "fix fix-2 of src/b.c: failed, the tests do not pass");
  CHECK(all[2] == "no fix of src/c.c: the quota 'prs' is used up");
}

TEST_CASE("which fix a finding is part of") {
  const auto record = test::sample_record("fixed");
  const report::FixIndex index(record);
  std::size_t of_first = 0;
  for (const auto& row : record.inputs.findings.rows) {
    const auto* fix = index.find(row);
    REQUIRE(fix);
    of_first += fix == &record.inputs.fixes.front() ? 1 : 0;
  }
  CHECK(of_first == 2);
  const auto untouched = test::sample_record("fail");
  const report::FixIndex none(untouched);
  for (const auto& row : untouched.inputs.findings.rows) CHECK(!none.find(row));
}

TEST_CASE("fixes change no verdict, and a record keeps them") {
  auto inputs = test::sample_record("fixed").inputs;
  inputs.policy.reset();  // the samples' policies are made for writers, not for reading
  const auto with = gate::decide(inputs);
  const auto text = [](const gate::DecisionRecord& record) {
    std::ostringstream out;
    gate::write_record(record, out);
    return out.str();
  };
  const auto again = gate::decide(gate::read_record(TextSource(text(with)), "record"));
  CHECK(again.inputs.fixes == with.inputs.fixes);
  CHECK(text(again) == text(with));
  auto judged = test::sample_record("fixed");
  const auto outcome = judged.verdict.outcome;
  judged.inputs.fixes.clear();
  CHECK(gate::decide(judged.inputs).verdict.outcome == outcome);
  CHECK(gate::summary(judged) == gate::summary(test::sample_record("fixed")));
}
