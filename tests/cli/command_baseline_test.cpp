#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::slurp;
using test::TempDir;

namespace {

std::string results(const std::vector<std::string>& messages) {
  std::string out;
  for (const auto& message : messages) {
    out += std::string(out.empty() ? "" : ",") +
           R"({"ruleId": "r1", "level": "error", "message": {"text": ")" + message +
           R"("}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"},)" +
           R"( "region": {"startLine": 3}}}]})";
  }
  return out;
}

std::string sarif(const std::vector<std::string>& messages, bool complete = true) {
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "invocations":)"
         R"( [{"executionSuccessful": )" +
         std::string(complete ? "true" : "false") + "}], \"results\": [" + results(messages) + "]}]}";
}

constexpr const char* compare =
    "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"file:base.json\", first_run: all_new}\n"
    "rules: [{id: new, scope: new}, {id: ratchet, max: ratchet}]\n";

struct Rig {
  TempDir dir{};
  Rig() { dir.write("policy.yaml", compare); }
  test::CliResult run(std::vector<std::string> words) { return test::cli(words, {.directory = dir.path()}); }
  test::CliResult evaluate(const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"evaluate", dir.file(file), "--policy", dir.file("policy.yaml")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  /// A decision record of such results.
  std::string record(const std::string& name, const std::vector<std::string>& messages,
                     bool complete = true) {
    dir.write(name + ".sarif", sarif(messages, complete));
    evaluate(name + ".sarif", {"-o", "json=" + dir.file(name + ".json")});
    return dir.file(name + ".json");
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("baseline write: only a complete batch may write; else exit 6, the reason, and nothing written") {
  Rig rig;
  const auto partial = rig.record("partial", {"one"}, false);
  const auto result = rig.run({"baseline", "write", partial, "-o", rig.dir.file("base.json")});
  CHECK(result.code == 6);
  CHECK(has(result.err, "no baseline can be made of this run"));
  CHECK(has(result.err, "hint: "));
  CHECK_FALSE(std::filesystem::exists(rig.dir.file("base.json")));
  const auto kept = rig.dir.write("kept.json", "untouched");
  CHECK(rig.run({"baseline", "write", partial, "-o", kept}).code == 6);
  CHECK(slurp(kept) == "untouched");
}

TEST_CASE("baseline write: what is written is no longer new, and a ratchet holds") {
  Rig rig;
  const auto record = rig.record("first", {"one", "two"});
  CHECK(rig.evaluate("first.sarif").code == 1);
  const auto written = rig.run({"baseline", "write", record, "-o", rig.dir.file("base.json")});
  CHECK(written.code == 0);
  CHECK(has(written.err, "2 findings, new"));
  CHECK(rig.evaluate("first.sarif").code == 0);
  rig.dir.write("second.sarif", sarif({"one", "two", "three"}));
  const auto worse = rig.evaluate("second.sarif");
  CHECK(worse.code == 1);
  CHECK(has(worse.err, "1 new"));
  CHECK(has(worse.err, "at most 2, as the baseline"));
}

TEST_CASE("baseline write: a policy that waits for a baseline can write its first one") {
  Rig rig;
  rig.dir.write(
      "policy.yaml",
      "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"file:base.json\", first_run: incomplete}\n"
      "rules: [{id: new, scope: new}]\n");
  const auto record = rig.record("first", {"one"});
  const auto waits = rig.evaluate("first.sarif");
  CHECK(waits.code == 6);
  CHECK(has(waits.err, "base.json does not exist"));
  CHECK(has(waits.err, "kolega-gate baseline write RECORD -o base.json"));
  CHECK(rig.run({"baseline", "write", record, "-o", rig.dir.file("base.json")}).code == 0);
  CHECK(rig.evaluate("first.sarif").code == 0);
}

TEST_CASE("baseline write: writing over a baseline prints what is added, and what is gone as a number") {
  Rig rig;
  const auto base = rig.dir.file("base.json");
  CHECK(rig.run({"baseline", "write", rig.record("one", {"one", "two"}), "-o", base}).code == 0);
  const auto grown = rig.run({"baseline", "write", rig.record("two", {"two", "three"}), "-o", base});
  CHECK(grown.code == 0);
  CHECK(has(grown.err, "the baseline grows: 1 finding will no longer count as new"));
  CHECK(has(grown.err, "added semgrep_scan high src/a.c r1"));
  CHECK(has(grown.err, "1 added, 1 removed"));
  const auto same = rig.run({"baseline", "write", rig.dir.file("two.json"), "-o", base});
  CHECK_FALSE(has(same.err, "grows"));
  CHECK(has(same.err, "no difference"));
}

TEST_CASE("baseline write: entries of scan types that were not judged stay") {
  Rig rig;
  const auto base = rig.dir.write("base.json",
                                  "{\n  \"format\": \"kolega-gate/baseline/v1\",\n  \"complete\": true,\n  "
                                  "\"entries\": [\n    {\"scan_type\": "
                                  "\"secrets_scan\", \"fingerprint\": \"s1\", \"path\": \"k.pem\", "
                                  "\"check_id\": \"key\", \"severity\": \"high\", "
                                  "\"message_sha256\": \"0123456789abcdef\", \"count\": 1}\n  ]\n}\n");
  CHECK(rig.run({"baseline", "write", rig.record("one", {"one"}), "-o", base}).code == 0);
  CHECK(has(slurp(base), "\"fingerprint\": \"s1\""));
  CHECK(has(slurp(base), "semgrep_scan"));
}

TEST_CASE("baseline write: sorted, one finding a line, on standard output by default") {
  Rig rig;
  const auto result = rig.run({"baseline", "write", rig.record("one", {"b", "a"})});
  CHECK(result.code == 0);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 8);
  rig.record("two", {"a", "b"});
  CHECK(rig.run({"baseline", "write", rig.dir.file("two.json")}).out == result.out);
}

TEST_CASE("baseline write: what is no record, and two records of one scan type, are refused") {
  Rig rig;
  const auto record = rig.record("one", {"one"});
  const auto foreign = rig.run({"baseline", "write", rig.dir.file("one.sarif")});
  CHECK(foreign.code == 2);
  CHECK(has(foreign.err, "this is no decision record"));
  CHECK(rig.run({"baseline", "write", record, record}).code == 2);
  CHECK(rig.run({"baseline", "write", rig.dir.file("missing.json")}).code == 2);
  CHECK(rig.run({"baseline", "write"}).code == 2);
  const auto broken = rig.dir.write("broken.json", "{}");
  const auto over = rig.run({"baseline", "write", record, "-o", broken});
  CHECK_MESSAGE(over.code == 2, "what is no baseline is not written over");
  CHECK(slurp(broken) == "{}");
}

TEST_CASE("baseline diff: a table for people, JSON for programs, exit code 0") {
  Rig rig;
  const auto old_file = rig.dir.file("old.json");
  const auto new_file = rig.dir.file("new.json");
  CHECK(rig.run({"baseline", "write", rig.record("one", {"one", "two"}), "-o", old_file}).code == 0);
  CHECK(rig.run({"baseline", "write", rig.record("two", {"two", "three"}), "-o", new_file}).code == 0);
  const auto table = rig.run({"baseline", "diff", old_file, new_file});
  CHECK(table.code == 0);
  CHECK(has(table.out, "added"));
  CHECK(has(table.out, "removed"));
  CHECK(has(table.out, "1 added, 1 removed\n"));
  // People copy fingerprints from it: where standard output is no terminal nothing is cut.
  const auto narrow = test::cli({"baseline", "diff", old_file, new_file}, {.directory = rig.dir.path(), .columns = 40});
  CHECK(narrow.out == table.out);
  CHECK_FALSE(has(narrow.out, "..."));
  const auto json = rig.run({"baseline", "diff", old_file, new_file, "--json"});
  CHECK(has(json.out, "\"format\": \"kolega-gate/baseline-diff/v1\""));
  CHECK(has(json.out, "{\"change\": \"added\", \"before\": 0, \"after\": 1, \"entry\": {"));
  const auto same = rig.run({"baseline", "diff", old_file, old_file});
  CHECK(same.code == 0);
  CHECK(same.out == "no difference\n");
  CHECK(rig.run({"baseline", "diff", old_file}).code == 2);
  CHECK(rig.run({"baseline", "diff", old_file, rig.dir.file("missing.json")}).code == 2);
}

TEST_CASE("baseline: a file that is malformed or unreadable is exit 2, never a first run") {
  Rig rig;
  rig.dir.write("x.sarif", sarif({}));
  for (const std::string text : {"", "{", "[]", "{\"format\": \"kolega-gate/baseline/v9\"}"}) {
    CAPTURE(text);
    rig.dir.write("base.json", text);
    const auto result = rig.evaluate("x.sarif");
    CHECK(result.code == 2);
    CHECK(has(result.err, "base.json"));
    CHECK_FALSE(has(result.err, "first run"));
  }
  std::filesystem::remove(rig.dir.file("base.json"));
  std::filesystem::create_directory(rig.dir.file("base.json"));
  CHECK(rig.evaluate("x.sarif").code == 2);
}

TEST_CASE("baseline: a file that does not exist is a first run, and said") {
  Rig rig;
  rig.dir.write("x.sarif", sarif({"one"}));
  const auto result = rig.evaluate("x.sarif");
  CHECK(result.code == 1);
  CHECK(has(result.err, "first run: the baseline file base.json does not exist"));
}

TEST_CASE("--baseline: stands in for the policy's, and a missing file without a first_run is exit 2") {
  Rig rig;
  const auto record = rig.record("one", {"one"});
  CHECK(rig.run({"baseline", "write", record, "-o", rig.dir.file("other.json")}).code == 0);
  CHECK(rig.evaluate("one.sarif", {"--baseline", rig.dir.file("other.json")}).code == 0);
  rig.dir.write("policy.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nthresholds: {critical: 0}\n");
  const auto missing = rig.evaluate("one.sarif", {"--baseline", rig.dir.file("gone.json")});
  CHECK(missing.code == 2);
  CHECK(has(missing.err, "does not exist"));
}

TEST_CASE("--baseline: a name that is not there is no first run, unless the policy names it too") {
  Rig rig;
  rig.dir.write("x.sarif", sarif({"one"}));
  for (const std::string first_run : {"learn", "all_new", "incomplete"}) {
    CAPTURE(first_run);
    for (const std::string from : {"file:base.json", "previous_batch", "detected_before:2026-01-01"}) {
      CAPTURE(from);
      rig.dir.write("policy.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"" + from + "\", first_run: " +
                                       first_run + "}\nrules: [{id: new, scope: new}]\n");
      const auto typo = rig.evaluate("x.sarif", {"--baseline", "bsae.json"});
      CHECK(typo.code == 2);
      CHECK(has(typo.err, "--baseline bsae.json: the file does not exist"));
      CHECK(has(typo.err, "let the policy name it, in baseline.from"));
    }
    rig.dir.write("policy.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"file:base.json\", first_run: " +
                                     first_run + "}\nrules: [{id: new, scope: new}]\n");
    const auto code = first_run == "learn" ? 0 : first_run == "all_new" ? 1 : 6;
    for (const auto& same : std::vector<std::string>{"base.json", "./base.json", rig.dir.file("base.json")})
      CHECK(rig.evaluate("x.sarif", {"--baseline", same}).code == code);
  }
}

TEST_CASE("--changed-files: a list in one line is refused, one that names nothing of the checkout is remarked on") {
  Rig rig;
  rig.dir.write("x.sarif", sarif({"one"}));
  rig.dir.write("policy.yaml",
                "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: touched, scope: changed_files}]\n");
  const auto judge = [&](const std::string& list) {
    return rig.evaluate("x.sarif", {"--changed-files", rig.dir.write("l", list)});
  };
  const auto one_line = judge("src/a.c src/b.c\n");
  CHECK(one_line.code == 2);
  CHECK(has(one_line.err, "several file names in one line"));
  CHECK_FALSE(has(judge("b.c\n").err, "none of what it names"));
  std::filesystem::create_directory(rig.dir.file(".git"));
  rig.dir.write("a.c", "");
  const auto elsewhere = judge("repo/a.c\n");
  CHECK(elsewhere.code == 0);
  CHECK(has(elsewhere.err, "none of what it names is in this checkout"));
  CHECK_FALSE(has(judge("repo/a.c\na.c\n").err, "none of what it names"));
}

TEST_CASE("evaluate: a baseline that only the API holds is context incomplete with the remedy") {
  Rig rig;
  const auto record = rig.record("one", {"one"});
  CHECK(rig.run({"baseline", "write", record, "-o", rig.dir.file("base.json")}).code == 0);
  for (const std::string from : {"previous_batch", "batch:6650f1c2"}) {
    rig.dir.write("policy.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"" + from +
                                     "\", first_run: learn}\nrules: [{id: new, scope: new}]\n");
    const auto result = rig.evaluate("one.sarif");
    CHECK(result.code == 6);
    CHECK(has(result.err, "hint: give a baseline with --baseline FILE"));
    CHECK(rig.evaluate("one.sarif", {"--baseline", rig.dir.file("base.json")}).code == 0);
  }
}

TEST_CASE("evaluate: a record is judged again with the baseline it holds") {
  Rig rig;
  const auto record = rig.record("one", {"one"});
  CHECK(rig.run({"baseline", "write", record, "-o", rig.dir.file("base.json")}).code == 0);
  CHECK(rig.evaluate("one.sarif", {"-o", "json=" + record}).code == 0);
  std::filesystem::remove(rig.dir.file("base.json"));
  CHECK(rig.run({"evaluate", record}).code == 0);
}

TEST_CASE("--diff and --changed-files: what counts, what cannot be read, what says it twice") {
  Rig rig;
  rig.dir.write("x.sarif", sarif({"one"}));
  rig.dir.write("policy.yaml",
                "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: lines, scope: changed_lines}]\n");
  const auto diff = [&](const std::string& lines) {
    return rig.dir.write("d.patch", "--- a/src/a.c\n+++ b/src/a.c\n@@ -1,0 +" + lines + ",1 @@\n+x\n");
  };
  CHECK(rig.evaluate("x.sarif", {"--diff", diff("3")}).code == 1);
  CHECK(rig.evaluate("x.sarif", {"--diff", diff("4")}).code == 0);
  CHECK(rig.evaluate("x.sarif", {"--changed-files", rig.dir.write("l", "src/a.c\n")}).code == 1);
  CHECK(rig.evaluate("x.sarif", {"--changed-files", rig.dir.write("l", "src/b.c\n")}).code == 0);
  CHECK(rig.evaluate("x.sarif", {"--diff", rig.dir.write("d", "no diff at all\n")}).code == 2);
  CHECK(rig.evaluate("x.sarif", {"--diff", rig.dir.file("missing")}).code == 2);
  CHECK(rig.evaluate("x.sarif", {"--diff", ""}).code == 2);
  CHECK(rig.evaluate("x.sarif", {"--changed-files", rig.dir.write("l", "/etc/passwd\n")}).code == 2);
  const auto twice = rig.evaluate("x.sarif", {"--diff", rig.dir.file("d.patch"), "--base", "main"});
  CHECK(twice.code == 2);
  CHECK(has(twice.err, "give one of them"));
  const auto nothing = rig.evaluate("x.sarif");
  CHECK(nothing.code == 6);
  CHECK(has(nothing.err, "hint: "));
}
