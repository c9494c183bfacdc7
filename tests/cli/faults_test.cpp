// The faults of other gates that ours must not have, each by its name: the list is the reason for many a rule
// of the policy language. Most have closer tests beside the code; here each is shown end to end, as its
// victim would see it.
#include <doctest/doctest.h>

#include "cli/exit_code.hpp"
#include "policy/load.hpp"
#include "report/formats.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"
#include "support/inputs.hpp"

using namespace kolega;
using test::TempDir;

namespace {

/// SARIF of a static analysis: a finding for each level.
std::string sarif(const std::vector<std::string>& levels) {
  std::string results;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    results += std::string(i ? "," : "") + R"({"ruleId": "r)" + std::to_string(i) + R"(", "level": ")" +
               levels[i] +
               R"(", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": )" +
               R"({"uri": "src/a.c"}, "region": {"startLine": 3}}}]})";
  }
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [)" +
         results + "]}]}";
}

test::CliResult check(const std::string& policy) {
  const TempDir dir;
  return test::cli({"policy", "check", dir.write("p.yaml", policy)});
}

/// The outcome of one test of a policy: "ok" when it is as expected, else what `policy test` says.
std::string run_test(const std::string& policy, const std::string& test) {
  const TempDir dir;
  const auto result =
      test::cli({"policy", "test", dir.write("p.yaml", policy + "tests:\n  - " + test + "\n")});
  return result.code == 0 ? "ok" : result.err;
}

const std::string plain = "gate: v1\nscan: {types: [semgrep_scan]}\n";
const std::string serious = plain + "rules:\n  - {id: serious, when: {severity: \">=high\"}}\n";

}  // namespace

TEST_CASE("fault: a threshold that does not parse is dropped") {
  for (const auto value : {"ten", "-1", "1.5", "\"0\"", "010", "", "1e3", "0x10", "99999999999999999999"}) {
    CAPTURE(value);
    CHECK(check(plain + "thresholds: {high: " + value + "}\n").code == 2);
    CHECK(check(plain + "rules: [{id: r, max: " + value + "}]\n").code == 2);
  }
}

TEST_CASE("fault: a misspelt key or engine counts 0 and passes") {
  CHECK(check(plain + "treshold: {high: 0}\n").code == 2);
  CHECK(check(plain + "thresholds: {hihg: 0}\n").code == 2);
  CHECK(check(serious + "on_incomplet: {failed: fail}\n").code == 2);
  CHECK(check("gate: v1\nscan: {types: [semgrpe]}\nthresholds: {high: 0}\n").code == 2);
  CHECK(check(plain + "rules: [{id: r, when: {scan_type: [semgrep_scna]}}]\n").code == 2);
  CHECK(check(plain + "rules: [{id: r, when: {sevrity: [high]}}]\n").code == 2);
  // Spelt right, but never scanned: it could count nothing but 0.
  CHECK(check(plain + "rules: [{id: r, when: {scan_type: [secrets_scan]}}]\n").code == 2);
}

TEST_CASE("fault: a limit of 0 is refused, or means no limit") {
  CHECK(check(plain + "thresholds: {high: 0}\n").code == 0);
  CHECK(run_test(plain + "thresholds: {high: 0}\n",
                 "{name: t, given: {findings: [{severity: high}]}, expect: {verdict: fail, exit: 1}}") ==
        "ok");
}

TEST_CASE("fault: an unknown severity never fails the gate") {
  CHECK(run_test(serious,
                 "{name: t, given: {findings: [{severity: unknown}]}, expect: {verdict: fail, exit: 1}}") ==
        "ok");
  CHECK(run_test(plain + "thresholds: {critical: 0}\nseverity: {unknown: critical}\n",
                 "{name: t, given: {findings: [{severity: unknown}]}, expect: {verdict: fail, exit: 1}}") ==
        "ok");
}

TEST_CASE("fault: an expiry that does not parse never ends") {
  for (const auto end :
       {"2027-02-30", "soon", "31.12.2026", "2026-12-15T10:00:00", "20261215", "0", "never"}) {
    CAPTURE(end);
    CHECK(check(serious + "waivers: {require: [], list: [{id: W, match: {fingerprint: f}, expires: " + end +
                "}]}\n")
              .code == 2);
  }
}

TEST_CASE("fault: the named expiry day is already expired") {
  const auto policy =
      serious + "waivers: {require: [], list: [{id: W, match: {fingerprint: f}, expires: 2026-08-15}]}\n";
  const auto at = [&](const std::string& instant, const std::string& verdict) {
    return run_test(policy, "{name: t, given: {findings: [{fingerprint: f}], at: \"" + instant +
                                "\"}, expect: {verdict: " + verdict + "}}");
  };
  CHECK(at("2026-08-15T00:00:00Z", "pass") == "ok");
  CHECK(at("2026-08-15T23:59:59Z", "pass") == "ok");
  CHECK(at("2026-08-16T00:00:00Z", "fail") == "ok");
}

TEST_CASE("fault: naming one hard failure makes every other failure soft") {
  const auto rules = plain +
                     "rules:\n  - {id: named, when: {check_id: [sql-injection]}, mode: block}\n"
                     "  - {id: others, when: {severity: \">=high\"}}\n";
  CHECK(run_test(
            rules,
            "{name: t, given: {findings: [{check_id: other}]}, expect: {verdict: fail, rules: [others]}}") ==
        "ok");
  // Naming one cause of incompleteness leaves the others as strict as they were.
  for (const auto batch : {"partial_failure", "failed", "quota", "api", "missing"}) {
    CAPTURE(batch);
    CHECK(run_test(serious + "on_incomplete: {timeout: fail}\n",
                   std::string("{name: t, given: {batch: ") + batch + "}, expect: {verdict: incomplete}}") ==
          "ok");
    CHECK(run_test(serious + "on_incomplete: {timeout: warn}\n",
                   std::string("{name: t, given: {batch: ") + batch + "}, expect: {verdict: incomplete}}") ==
          "ok");
  }
}

TEST_CASE("fault: internal errors exit 0") {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind) {
    CAPTURE(kind);
    CHECK(cli::exit_code(Error(static_cast<ErrorKind>(kind), "x")) != 0);
  }
  CHECK(cli::exit_code(Error(ErrorKind::internal, "x")) == 70);
}

TEST_CASE("fault: threshold crossed and scan failed share a code") {
  CHECK(run_test(serious, "{name: t, given: {findings: [{severity: high}]}, expect: {exit: 1}}") == "ok");
  const std::vector<std::pair<std::string, std::string>> endings{
      {"failed", "6"}, {"partial_failure", "6"}, {"timeout", "7"}, {"api", "5"}, {"quota", "3"}};
  for (const auto& [batch, code] : endings) {
    CAPTURE(batch);
    CHECK(run_test(serious, "{name: t, given: {batch: " + batch + "}, expect: {exit: " + code + "}}") ==
          "ok");
  }
}

TEST_CASE("fault: the output format changes the verdict") {
  const TempDir dir;
  const auto file = dir.write("x.sarif", sarif({"error", "warning"}));
  const auto policy = dir.write("p.yaml", serious);
  for (const auto& format : report::format_names()) {
    CAPTURE(format);
    const auto words = [&](const std::string& level) {
      return std::vector<std::string>{
          "evaluate", dir.write("x.sarif", sarif({level})),
          "--policy", policy,
          "-o",       std::string(format) + "=" + dir.file("out." + std::string(format))};
    };
    CHECK(test::cli(words("error")).code == 1);
    CHECK(test::cli(words("warning")).code == 0);
  }
}

TEST_CASE("fault: one switch both hides findings and gates on them") {
  const TempDir dir;
  const auto file = dir.write("x.sarif", sarif({"warning"}));
  // A rule on high findings says nothing about what is listed: the medium one is in the reports all the same.
  const auto listed = test::cli({"evaluate", file, "--policy", dir.write("p.yaml", serious), "-o", "json"});
  CHECK(listed.code == 0);
  CHECK(listed.out.find("\"r0\"") != std::string::npos);
  // --mode softens rules and hides nothing; --quiet is silent and changes no verdict.
  const auto bad = dir.write("bad.sarif", sarif({"error"}));
  const auto warned =
      test::cli({"evaluate", bad, "--policy", dir.file("p.yaml"), "--mode", "warn", "-o", "json"});
  CHECK(warned.code == 0);
  CHECK(warned.out.find("\"r0\"") != std::string::npos);
  CHECK(test::cli({"evaluate", bad, "--policy", dir.file("p.yaml"), "-q"}).code == 1);
}

TEST_CASE("fault: the exit code disagrees with the printed list") {
  const TempDir dir;
  const auto policy = dir.write("p.yaml", serious);
  const auto bad = test::cli({"evaluate", dir.write("bad.sarif", sarif({"error"})), "--policy", policy});
  CHECK(bad.code == 1);
  CHECK(bad.err.find("serious") != std::string::npos);
  CHECK(bad.err.find("r0") != std::string::npos);
  const auto good = test::cli({"evaluate", dir.write("good.sarif", sarif({})), "--policy", policy});
  CHECK(good.code == 0);
  CHECK(good.err.find("r0") == std::string::npos);
  // Both are views of the record: what it counts is what decides.
  auto builder = test::InputsBuilder(serious).batch(test::complete_batch()).finding({.fingerprint = "f"});
  const auto record = builder.decide();
  CHECK(record.verdict.rules.at(0).counted.size() == 1);
  CHECK(cli::exit_code(record) == 1);
}

TEST_CASE("fault: a missing base snapshot makes everything new, or nothing") {
  const auto policy = [](const std::string& first_run) {
    return plain + "baseline: {from: previous_batch, first_run: " + first_run +
           "}\nrules:\n  - {id: r, when: {severity: \">=high\"}, scope: new}\n";
  };
  // Which of the two it is says the policy, and it has to say it.
  CHECK(check(plain + "baseline: {from: previous_batch}\nrules: [{id: r, scope: new}]\n").code == 2);
  const std::string given = "{name: t, given: {findings: [{severity: high}], baseline: none";
  CHECK(run_test(policy("all_new"), given + "}, expect: {verdict: fail, exit: 1}}") == "ok");
  CHECK(run_test(policy("incomplete"), given + "}, expect: {verdict: incomplete, exit: 6}}") == "ok");
  CHECK(run_test(policy("learn"), given + "}, expect: {verdict: pass, exit: 0}}") == "ok");
  // A merge request could take the baseline away: there nothing is learnt.
  CHECK(run_test(policy("learn"),
                 given + ", target_branch: main}, expect: {verdict: incomplete, exit: 6}}") == "ok");
}

TEST_CASE("fault: a shallow clone makes nothing new") {
  for (const auto scope : {"changed_files", "changed_lines"}) {
    CAPTURE(scope);
    const auto policy = plain + "rules:\n  - {id: r, when: {severity: \">=high\"}, scope: " + scope + "}\n";
    const std::string given = "{name: t, given: {findings: [{severity: high, path: src/a.c}]";
    CHECK(run_test(policy, given + "}, expect: {verdict: incomplete, rules: [], exit: 6}}") == "ok");
    CHECK(run_test(policy, given + ", changed: []}, expect: {verdict: pass, exit: 0}}") == "ok");
    CHECK(run_test(policy, given + ", changed: [src/a.c]}, expect: {verdict: fail, exit: 1}}") == "ok");
  }
}

TEST_CASE("fault: a baseline keyed without the file swallows another finding") {
  const auto policy = plain +
                      "baseline: {from: \"file:b.json\", first_run: all_new}\n"
                      "rules: [{id: r, scope: new}]\n";
  const auto run = [&](const std::string& path) {
    return run_test(
        policy, "{name: t, given: {findings: [{fingerprint: f, path: " + path +
                    "}], baseline: [{fingerprint: f, path: src/a.c, message: other}]}, expect: {verdict: " +
                    (path == "src/a.c" ? "pass" : "fail") + "}}");
  };
  CHECK(run("src/a.c") == "ok");
  CHECK(run("src/b.c") == "ok");
  // Nor does one entry absorb more findings than it stands for.
  CHECK(
      run_test(
          policy,
          "{name: t, given: {findings: [{fingerprint: f, new: false}, {fingerprint: g}]}, expect: {verdict: "
          "fail}}") == "ok");
}

TEST_CASE("fault: the merge request's own waiver file approves its own findings") {
  const auto waivers =
      "waivers: {require: [], list: [{id: W, match: {fingerprint: f}, expires: 2026-08-15}]}\n";
  const std::string given = "{name: t, given: {findings: [{fingerprint: f}], at: 2026-08-01";
  CHECK(run_test(serious + waivers, given + "}, expect: {verdict: pass}}") == "ok");
  CHECK(run_test(serious + waivers, given + ", target_branch: main}, expect: {verdict: fail, exit: 1}}") ==
        "ok");
}

TEST_CASE("fault: zero policies or zero tests count as success") {
  const TempDir dir;
  const test::CliWorld nowhere{.directory = dir.path()};
  CHECK(test::cli({"policy", "check"}, nowhere).code == 2);
  CHECK(test::cli({"policy", "test"}, nowhere).code == 2);
  CHECK(test::cli({"evaluate", dir.write("x.sarif", sarif({}))}, nowhere).code == 2);
  CHECK(test::cli({"policy", "test", dir.write("p.yaml", serious)}).code == 2);
  CHECK(check("gate: v1\n").code == 2);
  CHECK(check("gate: v1\nrules: []\n").code == 2);
  CHECK(check("").code == 2);
  // Nor does a scan that looked at nothing.
  auto empty = test::complete_batch();
  empty.total_repositories = empty.scans_created = empty.scans_completed = empty.scans_assessed = 0;
  empty.repositories.clear();
  CHECK(cli::exit_code(test::InputsBuilder(serious).batch(empty).decide()) == 6);
}

TEST_CASE("fault: waiting without a bound") {
  CHECK(policy::parse_policy(serious, "p").scan.timeout == std::chrono::minutes(30));
  for (const auto timeout : {"0s", "forever", "-1", "none", "infinite"}) {
    CAPTURE(timeout);
    CHECK(check(std::string("gate: v1\nscan: {timeout: ") + timeout + "}\nthresholds: {high: 0}\n").code ==
          2);
  }
  CHECK(run_test(serious, "{name: t, given: {batch: timeout}, expect: {verdict: incomplete, exit: 7}}") ==
        "ok");
}
