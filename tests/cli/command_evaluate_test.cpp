#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::slurp;
using test::TempDir;

namespace {

std::string sarif(const std::string& tool, const std::vector<std::string>& levels) {
  std::string results;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    results += std::string(i ? "," : "") + R"({"ruleId": "r)" + std::to_string(i) + R"(", "level": ")" +
               levels[i] +
               R"(", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": )" +
               R"({"uri": "src/a.c"}, "region": {"startLine": 3}}}]})";
  }
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": ")" + tool + R"("}}, "results": [)" +
         results + "]}]}";
}

constexpr const char* policy_text =
    "gate: v1\nname: test\nscan: {types: [semgrep_scan]}\ntriage: {honor: []}\n"
    "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n";

struct Rig {
  TempDir dir{};
  Rig() { dir.write("policy.yaml", policy_text); }
  test::CliResult evaluate(std::vector<std::string> words) {
    words.insert(words.begin(), "evaluate");
    words.insert(words.end(), {"--policy", dir.file("policy.yaml")});
    return test::cli(words, {.directory = dir.path()});
  }
};

}  // namespace

TEST_CASE("pass, fail and what was guessed") {
  Rig rig;
  const auto good = rig.evaluate({rig.dir.write("good.sarif", sarif("Flawfinder", {"note", "warning"}))});
  INFO(good.err);
  CHECK(good.code == 0);
  CHECK(good.err.find("taken for a semgrep_scan") != std::string::npos);
  const auto bad = rig.evaluate({rig.dir.write("bad.sarif", sarif("Flawfinder", {"error"}))});
  CHECK(bad.code == 1);
  CHECK(bad.err.find("next: ") != std::string::npos);
  CHECK(rig.evaluate({rig.dir.file("good.sarif"), rig.dir.file("bad.sarif")}).code == 1);
  CHECK(rig.evaluate({rig.dir.file("bad.sarif"), "--mode", "warn"}).code == 0);
}

TEST_CASE("a rule that is broken but only observed is not called kept") {
  Rig rig;
  const auto file = rig.dir.write("f.sarif", sarif("Flawfinder", {"error"}));
  rig.dir.write("policy.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nrules:\n  - {id: a, when: {severity: [critical]}}\n"
                               "  - {id: seen, mode: observe}\n");
  const auto result = rig.evaluate({file});
  CHECK(result.code == 0);
  CHECK_MESSAGE(result.err.starts_with("PASS  1 rule kept, 1 broken but only observed (seen), 1 finding in 1 complete scan\n"),
                result.err);
}

TEST_CASE("a breach is final whatever cannot be read beside it, in any order of the files") {
  Rig rig;
  const auto bad = rig.dir.write("bad.sarif", sarif("Flawfinder", {"error"}));
  const auto good = rig.dir.write("good.sarif", sarif("Flawfinder", {"note"}));
  const auto broken = rig.dir.write("broken.sarif", "{");
  const auto absent = rig.dir.file("absent.sarif");
  for (const auto& unreadable : {broken, absent}) {
    CAPTURE(unreadable);
    CHECK(rig.evaluate({bad, unreadable}).code == 1);
    const auto second = rig.evaluate({unreadable, bad});
    CHECK(second.code == 1);
    CHECK(second.err.find(unreadable.substr(unreadable.rfind('/') + 1)) != std::string::npos);
    CHECK(rig.evaluate({unreadable, good}).code == 2);
    CHECK(rig.evaluate({good, unreadable}).code == 2);
  }
}

TEST_CASE("--scan-type is stronger than the guess and says what is judged") {
  Rig rig;
  const auto file = rig.dir.write("x.sarif", sarif("Nobody's Tool", {"note"}));
  const auto unknown = rig.evaluate({file});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("cannot tell which kind of scan Nobody's Tool does") != std::string::npos);
  CHECK(rig.evaluate({file, "--scan-type", "semgrep"}).code == 0);
  CHECK(rig.evaluate({file, "--scan-type", "secrets"}).code == 0);
}

TEST_CASE("--scan-type narrows what is judged, which is said, and proves nothing when no rule that blocks is left") {
  Rig rig;
  const auto file = rig.dir.write("x.sarif", sarif("Flawfinder", {"note"}));
  const auto judge = [&](const std::string& policy, const std::string& type) {
    return test::cli({"evaluate", file, "--policy", policy, "--scan-type", type}, {.directory = rig.dir.path()});
  };
  const auto nothing = judge("builtin:secrets-only", "sbom");
  CHECK(nothing.code == 6);
  CHECK(nothing.err.find("no rule of the policy is for the scan types that are judged") != std::string::npos);
  const auto strict = judge("builtin:strict", "semgrep");
  CHECK(strict.code == 0);
  CHECK(strict.err.find("only for secrets_scan, which is not judged") != std::string::npos);
  const auto html = rig.dir.file("r.html");
  const auto junit = rig.dir.file("r.xml");
  REQUIRE(test::cli({"evaluate", file, "--policy", "builtin:strict", "--scan-type", "semgrep", "-o", "html=" + html, "-o", "junit=" + junit},
                    {.directory = rig.dir.path()})
              .code == 0);
  CHECK(slurp(html).find("Skipped: only for secrets_scan") != std::string::npos);
  CHECK(slurp(junit).find("skipped: only for secrets_scan") != std::string::npos);
  CHECK(judge("builtin:secrets-only", "secrets").code == 1);
  const auto both = rig.dir.write(
      "both.yaml",
      "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\nrules: [{id: serious, when: {severity: '>=high'}}]\n");
  const auto narrowed = judge(both, "semgrep");
  CHECK(narrowed.code == 0);
  CHECK(narrowed.err.find("not judged, though the policy names it in scan.types: secrets_scan") !=
        std::string::npos);
}

TEST_CASE("a baseline that an option or another policy's record gave is marked in the record, and stays so") {
  Rig rig;
  const auto file = rig.dir.write("x.sarif", sarif("Flawfinder", {"note"}));
  rig.dir.write("base.json", R"({"format": "kolega-gate/baseline/v1", "complete": true, "entries": []})");
  const auto policy = [&](const std::string& from) {
    return rig.dir.write("p.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: " + from +
                                       ", first_run: all_new}\nrules: [{id: new, scope: new, max: 5}]\n");
  };
  const auto judge = [&](std::vector<std::string> words, const std::string& from) {
    words.insert(words.begin(), "evaluate");
    words.insert(words.end(), {"--policy", policy(from), "-o", "json"});
    const auto result = test::cli(words, {.directory = rig.dir.path()});
    CHECK_MESSAGE(result.code == 0, result.err);
    return result.out;
  };
  const auto given = [](const std::string& record) {
    return record.find("\"baseline_given\": true") != std::string::npos;
  };
  const auto own = judge({file}, "file:base.json");
  CHECK_FALSE(given(own));
  CHECK_FALSE(given(judge({file, "--baseline", "base.json"}, "file:base.json")));
  const auto other = judge({file, "--baseline", "base.json"}, "previous_batch");
  CHECK(given(other));
  CHECK(given(judge({rig.dir.write("other.json", other)}, "previous_batch")));
  CHECK_FALSE(given(judge({rig.dir.write("own.json", own)}, "file:base.json")));
  CHECK(given(judge({rig.dir.file("own.json")}, "previous_batch")));
}

TEST_CASE("a scan type of the policy without a file is incomplete, never a pass") {
  Rig rig;
  const auto result = rig.evaluate({rig.dir.write("x.sarif", sarif("gitleaks", {"note"}))});
  CHECK(result.code == 6);
}

TEST_CASE("a file that cannot be read still replaces a stale green report") {
  Rig rig;
  const auto report = rig.dir.file("report.json");
  REQUIRE(rig.evaluate({rig.dir.write("good.sarif", sarif("Flawfinder", {"note"})), "-o", "json=" + report})
              .code == 0);
  REQUIRE(slurp(report).find("\"pass\"") != std::string::npos);
  const auto result = rig.evaluate(
      {rig.dir.write("cut.sarif", "{\"version\": \"2.1.0\", \"runs\": [{"), "-o", "json=" + report});
  CHECK(result.code == 2);
  CHECK(result.err.find("cut.sarif") != std::string::npos);
  CHECK(slurp(report).find("\"outcome\": \"incomplete\"") != std::string::npos);
  CHECK(rig.evaluate({rig.dir.file("none.sarif")}).code == 2);
}

TEST_CASE("a record is judged by its own policy unless another is named, and alone") {
  Rig rig;
  const auto record = rig.dir.file("record.json");
  const auto bad = rig.dir.write("bad.sarif", sarif("Flawfinder", {"error"}));
  REQUIRE(rig.evaluate({bad, "-o", "json=" + record}).code == 1);
  const auto own = test::cli({"evaluate", record}, {.directory = rig.dir.path()});
  CHECK(own.code == 1);
  const auto lenient = rig.dir.write("lenient.yaml",
                                     "gate: v1\nname: l\nscan: {types: [semgrep_scan]}\ntriage: {honor: []}\n"
                                     "rules: [{id: r, when: {severity: [critical]}, max: 0}]\n");
  CHECK(test::cli({"evaluate", record, "--policy", lenient}).code == 0);
  CHECK(test::cli({"evaluate", record, bad}, {.directory = rig.dir.path()})
            .err.find("a decision record is evaluated alone") != std::string::npos);
}

TEST_CASE("the digest of each file is in every report that tells it, and the instant in the record") {
  Rig rig;
  const auto text = sarif("Flawfinder", {"note"});
  const auto digest = sha256_hex(text);
  const auto file = rig.dir.write("good.sarif", text);
  CHECK(rig.evaluate({file, "-o", "html=" + rig.dir.file("page.html")}).code == 0);
  CHECK(slurp(rig.dir.file("page.html")).find(digest) != std::string::npos);
  CHECK(rig.evaluate({file, "-o", "junit=" + rig.dir.file("x.xml"), "-o", "json=" + rig.dir.file("record.json")}).code == 0);
  const auto record = slurp(rig.dir.file("record.json"));
  CHECK(record.find(digest) != std::string::npos);
  const auto again = rig.evaluate({rig.dir.file("record.json"), "-o", "json"});
  CHECK(again.out.find(sha256_hex(record)) != std::string::npos);
  const auto result = rig.evaluate({file, "-o", "json", "--at", "2027-01-31T12:00:00+01:00"});
  CHECK(result.code == 0);
  CHECK(result.out.find("2027-01-31T11:00:00Z") != std::string::npos);
  CHECK(result.out.find(digest) != std::string::npos);
}

TEST_CASE("a file that is none of the formats says which ones are read") {
  Rig rig;
  const auto source = rig.evaluate({rig.dir.write("main.c", "int main() { return 0; }\n")});
  CHECK(source.code == 2);
  CHECK(source.err.find("main.c: this is no JSON") != std::string::npos);
  CHECK(source.err.find("hint: read are SARIF 2.1.0") != std::string::npos);
  const auto nameless = rig.evaluate({rig.dir.write("n.sarif", R"({"version": "2.1.0", "runs": []})")});
  CHECK(nameless.code == 2);
  CHECK(nameless.err.find("it names no tool, so its scan type is not known") != std::string::npos);
  CHECK(nameless.err.find("--scan-type") != std::string::npos);
}
