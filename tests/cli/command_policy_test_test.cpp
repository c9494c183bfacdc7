#include <doctest/doctest.h>

#include "policy/load.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;

namespace {

const std::string policy_text =
    "gate: v1\nscan: {types: [semgrep_scan]}\nrules:\n  - {id: serious, when: {severity: \">=high\"}}\n"
    "  - {id: the-rest, max: 2, mode: warn}\n";

test::CliResult run(const std::string& tests, const std::vector<std::string>& more = {}) {
  const TempDir dir;
  std::vector<std::string> words{"policy", "test", dir.write("p.yaml", policy_text + tests)};
  words.insert(words.end(), more.begin(), more.end());
  auto result = test::cli(words);
  for (std::size_t at; (at = result.err.find(dir.path().string() + "/")) != std::string::npos;)
    result.err.erase(at, dir.path().string().size() + 1);
  for (std::size_t at; (at = result.out.find(dir.path().string() + "/")) != std::string::npos;)
    result.out.erase(at, dir.path().string().size() + 1);
  return result;
}

}  // namespace

TEST_CASE("policy test: every test is named, and all good ends with 0") {
  const auto result =
      run("tests:\n  - {name: clean, expect: {verdict: pass, rules: [], exit: 0}}\n"
          "  - name: three low ones warn\n    given: {findings: [{severity: low, count: 3}]}\n"
          "    expect: {verdict: warn, rules: [the-rest], exit: 0}\n");
  CHECK(result.err ==
        "p.yaml: 2 tests\nok      clean\nok      three low ones warn\n2 tests: 2 ok, 0 failed\n");
  CHECK(result.out.empty());
  CHECK(result.code == 0);
}

TEST_CASE("policy test: a failure shows its place, what was expected and what came, and ends with 8") {
  const auto result =
      run("tests:\n  - {name: clean, expect: {verdict: pass}}\n"
          "  - name: a high one\n    given: {findings: [{severity: high}]}\n"
          "    expect: {verdict: pass, rules: [the-rest], exit: 0}\n");
  CHECK(result.err ==
        "p.yaml: 2 tests\nok      clean\nFAILED  a high one (p.yaml:8:11)\n"
        "          expected verdict pass, got fail\n          expected broken rules the-rest, got serious\n"
        "          expected exit code 0, got 1\nerror: 2 tests: 1 ok, 1 failed\n");
  CHECK(result.code == 8);
}

TEST_CASE("policy test: a failed test of an incomplete verdict says what was missing") {
  const auto result = run("tests:\n  - {name: late, given: {batch: timeout}, expect: {verdict: pass}}\n");
  CHECK(result.code == 8);
  CHECK(result.err.find("expected verdict pass, got incomplete") != std::string::npos);
  CHECK(result.err.find("incomplete: semgrep_scan batch test-semgrep_scan: it was still running") !=
        std::string::npos);
}

TEST_CASE("policy test: no tests are an error, and so is a policy that does not load") {
  const auto none = run("");
  CHECK(none.code == 2);
  CHECK(none.err ==
        "error: p.yaml: there are no tests in it\nhint: write some under 'tests:'; a policy without tests "
        "proves "
        "nothing\n");
  CHECK(run("tests: []\n").code == 2);
  const auto wrong = run("tests:\n  - {name: a, expect: {rules: [seriuos]}}\n");
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("p.yaml:7:32: error: there is no rule 'seriuos'") != std::string::npos);
  CHECK(wrong.err.find("did you mean 'serious'?") != std::string::npos);
}

TEST_CASE("policy test: every ending of a scan gives its verdict and its exit code") {
  for (const auto& [batch, expected] : std::vector<std::pair<std::string, std::string>>{
           {"complete", "{verdict: pass, exit: 0}"},
           {"partial_failure", "{verdict: incomplete, exit: 6}"},
           {"failed", "{verdict: incomplete, exit: 6}"},
           {"cancelled", "{verdict: incomplete, exit: 6}"},
           {"timeout", "{verdict: incomplete, exit: 7}"},
           {"quota", "{verdict: incomplete, exit: 3}"},
           {"api", "{verdict: incomplete, exit: 5}"},
           {"missing", "{verdict: incomplete, exit: 6}"},
           {"no_details", "{verdict: pass, exit: 0}"},
           {"{semgrep: timeout}", "{verdict: incomplete, exit: 7}"}}) {
    CAPTURE(batch);
    const auto result =
        run("tests:\n  - {name: t, given: {batch: " + batch + "}, expect: " + expected + "}\n");
    CHECK(result.err.ends_with("1 test: 1 ok, 0 failed\n"));
    CHECK(result.code == 0);
  }
}

TEST_CASE("policy test: a date as baseline, and a test that speaks of a baseline that is none") {
  const TempDir dir;
  const std::string date =
      "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"detected_before:2026-01-01\", first_run: "
      "all_new}\n"
      "rules: [{id: fresh, scope: new}]\ntests:\n";
  const auto good = test::cli(
      {"policy", "test",
       dir.write("date.yaml",
                 date +
                     "  - {name: old, given: {findings: [{new: false}], at: 2026-06-01}, expect: "
                     "{verdict: pass}}\n  - {name: new, given: {findings: [{}]}, expect: {rules: [fresh]}}\n"
                     "  - {name: aged, given: {findings: [{age: 400d}], at: 2026-06-01}, expect: "
                     "{verdict: pass}}\n")});
  CAPTURE(good.err);
  CHECK(good.code == 0);
  const auto filled = test::cli(
      {"policy", "test",
       dir.write("filled.yaml", date + "  - {name: a, given: {baseline: [{}]}, expect: {exit: 0}}\n")});
  CHECK(filled.code == 2);
  CHECK(filled.err.find("fills a baseline that is a date") != std::string::npos);
  const auto none = run("tests:\n  - {name: a, given: {findings: [{new: false}]}, expect: {exit: 0}}\n");
  CHECK(none.code == 2);
  CHECK(none.err.find("speaks of a baseline, and the policy has none") != std::string::npos);
}

TEST_CASE("policy test: JUnit XML holds every test, for a file and for standard output") {
  const std::string tests =
      "tests:\n  - {name: clean, expect: {verdict: pass}}\n"
      "  - {name: \"<late>\", given: {batch: timeout}, expect: {verdict: pass}}\n";
  const auto result = run(tests, {"-o", "junit"});
  CHECK(result.code == 8);
  CHECK(result.out.starts_with("<?xml version=\"1.0\""));
  CHECK(result.out.find("tests=\"2\" failures=\"1\"") != std::string::npos);
  CHECK(result.out.find("&lt;late&gt;") != std::string::npos);
  CHECK(result.out.find("expected verdict pass, got incomplete") != std::string::npos);
  const TempDir dir;
  CHECK(run(tests, {"-o", "junit=" + dir.file("out.xml")}).out.empty());
  CHECK(test::slurp(dir.file("out.xml")).starts_with("<?xml"));
  CHECK(run(tests, {"-o", "sarif"}).code == 2);
  CHECK(run(tests, {"-o", "junit="}).code == 2);
}

TEST_CASE("every policy that comes with the program carries tests, and they pass") {
  std::vector<std::string> words{"policy", "test"};
  std::size_t tests = 0;
  for (const auto& builtin : policy::builtins()) {
    CAPTURE(builtin.name);
    const auto loaded = policy::lint(builtin.text, std::string(builtin.name));
    CHECK(loaded.tests.size() >= 2);
    tests += loaded.tests.size();
    // Every rule of it is broken in some test: one that is never broken is not tested.
    REQUIRE(loaded.policy);
    for (const auto& rule : loaded.policy->rules) {
      CAPTURE(rule.id);
      bool seen = false;
      for (const auto& entry : loaded.tests) {
        for (const auto& named : entry.rules.value_or(std::vector<policy::TestRule>{}))
          seen = seen || named.id == rule.id;
      }
      CHECK(seen);
    }
    words.push_back("builtin:" + std::string(builtin.name));
  }
  const auto result = test::cli(words);
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(result.err.ends_with(std::to_string(tests) + " tests: " + std::to_string(tests) + " ok, 0 failed\n"));
}
