// `explain` from the outside: names that mean nothing or too much, hostile text, what would turn the verdict.
#include <doctest/doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "e2e/harness.hpp"

using namespace kolega;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string result_of(const std::string& rule, const std::string& path, const std::string& level,
                      const std::string& fingerprint, const std::string& message = "a message") {
  return R"({"ruleId": ")" + rule + R"(", "level": ")" + level + R"(", "message": {"text": ")" + message +
         R"("}, "partialFingerprints": {"kolegaFingerprint/v1": ")" + fingerprint +
         R"("}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ")" + path +
         R"("}, "region": {"startLine": 3}}}]})";
}

struct Story : test::World {
  Story() {
    write("policy.yaml",
          "gate: v1\nname: story\nscan: {types: [semgrep_scan]}\ntriage: {honor: []}\n"
          "exclude:\n  - {paths: ['third/**'], reason: vendored}\n"
          "rules:\n"
          "  - id: serious\n    why: it hurts\n    when: {severity: '>=high'}\n    max: 1\n"
          "  - id: in-src\n    when: {path: ['src/**'], severity: '>=high'}\n    max: 2\n"
          "  - id: rest\n    when: {severity: '<high'}\n    max: 0\n    mode: observe\n"
          "waivers:\n  require: [owner]\n  list:\n"
          "    - {id: W-1, match: {check_id: waived, path: ['src/**']}, owner: ann, ticket: T-9, expires: "
          "2099-01-01}\n"
          "    - {id: W-2, match: {check_id: old, path: ['src/**']}, owner: bob, expires: 2020-01-01}\n");
    write("policy.yaml",
          replaced(read("policy.yaml"), "require: [owner]", "require: [owner]\n  max_days: 36500"));
    judge({result_of("r1", "src/a.c", "error", "aaaa1111"), result_of("r1", "src/b.c", "error", "aaaa2222"),
           result_of("old", "src/c.c", "error", "bbbb3333"),
           result_of("waived", "src/d.c", "error", "cccc4444"),
           result_of("r9", "third/e.c", "error", "dddd5555"),
           result_of("r2", "lib/f.c", "note", "eeee6666")});
  }
  void judge(const std::vector<std::string>& results) {
    write("found.sarif",
          R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [)" +
              join(results, ",") + "]}]}");
    last = run({"evaluate", "found.sarif", "--policy", "policy.yaml", "-o", "json=record.json"});
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  }
  sys::ProcessResult explain(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"explain", "record.json"});
    return run(more);
  }
  sys::ProcessResult last{};
};

void check(const sys::ProcessResult& result, int code, const std::vector<std::string>& phrases) {
  INFO(result.out);
  INFO(result.err);
  CHECK(result.exit_code == code);
  for (const auto& phrase : phrases) CHECK_MESSAGE(contains(result.out + result.err, phrase), phrase);
}

}  // namespace

TEST_CASE("explain: records that cannot be read, and names that mean no finding or several") {
  Story story;
  REQUIRE_MESSAGE(story.last.exit_code == 1, story.last.err);
  check(story.run({"explain"}), 2, {"explain needs RECORD"});
  check(story.run({"explain", "none.json"}), 2, {"none.json"});
  check(story.run({"explain", "found.sarif"}), 2, {"this is no decision record", "evaluate FILE -o json=RECORD"});
  story.write("cut.json", story.read("record.json").substr(0, 900));
  check(story.run({"explain", "cut.json"}), 2, {"cut.json"});
  check(story.explain({"aaaa"}), 2, {"is the name of 2 findings", "aaaa1111", "src/b.c:3"});
  check(story.explain({"r1"}), 2, {"is the name of 2 findings"});
  check(story.explain({"src/a.cc"}), 2, {"no finding of the record", "did you mean 'src/a.c'?"});
  check(story.explain({"aaa"}), 2, {"no finding of the record"});
  check(story.explain({""}), 2, {"no finding of the record"});
  check(story.explain({"a", "b"}), 2, {"unexpected argument"});
}

TEST_CASE("explain: a record that says another outcome than its facts give is told") {
  Story story;
  story.write("record.json", Story::replaced(story.read("record.json"), "\"outcome\": \"fail\"", "\"outcome\": \"pass\""));
  for (const auto& more : {std::vector<std::string>{}, {"aaaa1111"}, {"-q"}}) {
    const auto result = story.explain(more);
    CHECK(result.exit_code == 0);
    CHECK(contains(result.err, "record.json says 'pass', but its facts give fail"));
  }
  check(story.run({"replay", "-q", "record.json"}), 9, {"decided anew the verdict is fail"});
}

TEST_CASE("explain: the verdict, its rules with their places, and what turns it") {
  Story story;
  check(story.explain(), 0,
        {"FAIL: rules serious, in-src are broken", "aaaa1111  (serious, in-src)",
         "serious: 3 findings (high 3), at most 1; mode block", "(policy.yaml:8:", "because it hurts",
         "2 of 3 findings must go; it would hold with at most 3", "1 of 3 findings must go",
         "waiver W-2 has expired", "(policy.yaml:24:",
         "Either fix, or waive these 2 findings, and the verdict is pass:", "Not by the way to triage",
         "the policy honours no triage status"});
  const auto json = story.explain({"--json"});
  const auto tree = parse_json(json.out, "json", ErrorKind::input);
  const JsonView view(tree, "json", ErrorKind::input);
  CHECK(view.require_string("outcome") == "fail");
  const auto ways = view.require("ways").items();
  REQUIRE(ways.size() == 2);
  CHECK(ways[0].require_string("means") == "fix");
  CHECK(ways[0].require_integer("findings") == 2);
  CHECK(ways[0].require("rows").items().size() == 2);
  CHECK(view.require("rules").items()[0].require("excess").require_integer("of") == 3);
}

TEST_CASE("explain: following what it says turns the verdict") {
  Story story;
  const auto json = story.explain({"--json"});
  const auto tree = parse_json(json.out, "json", ErrorKind::input);
  std::string waivers;
  for (const auto& row :
       JsonView(tree, "json", ErrorKind::input).require("ways").items()[1].require("rows").items())
    waivers += "    - {id: N-" + std::string(row.require_string("fingerprint")) +
               ", match: {fingerprint: " + std::string(row.require_string("fingerprint")) + "}, owner: me}\n";
  story.write("policy.yaml", story.read("policy.yaml") + waivers);
  check(story.run({"evaluate", "found.sarif", "--policy", "policy.yaml"}), 0, {"PASS"});
}

TEST_CASE("explain: one finding, by fingerprint, its beginning, check, path or place") {
  Story story;
  for (const auto* name : {"aaaa1111", "aaaa1", "src/a.c", "./src/a.c", "src/a.c:3"}) {
    CAPTURE(name);
    check(story.explain({name}), 0,
          {"src/a.c:3", "counted      serious (policy.yaml:8:", "the rule is broken",
           "not counted  rest (policy.yaml:15:", "it is not: severity"});
  }
  check(story.explain({"old"}), 0,
        {"counted      serious", "did not  it has expired: 2020-01-01", "owner bob", "(policy.yaml:24:"});
  check(story.explain({"cccc4444"}), 0,
        {"not counted  serious", "waived by W-1", "took it", "ticket T-9", "until 2099-01-01"});
  check(story.explain({"third/e.c"}), 0, {"excluded by third/**: vendored"});
  const auto json = story.explain({"cccc4444", "--json"});
  const auto tree = parse_json(json.out, "json", ErrorKind::input);
  const auto found = JsonView(tree, "json", ErrorKind::input).require("findings").items();
  REQUIRE(found.size() == 1);
  CHECK(found[0].require_string("disposition") == "waived");
  CHECK(found[0].require("rules").items()[0].require_string("answer") == "not_counted");
  CHECK(found[0].require("waivers").items()[0].require_boolean("took_it"));
}

TEST_CASE("explain: what is missing, with its remedy") {
  Story story;
  story.run({"evaluate", "found.sarif", "--policy", "builtin:strict", "-o", "json=record.json"});
  const auto text = story.explain();
  check(text, 0, {"Missing", "secrets_scan", "What would turn it"});
  story.judge({});
  story.run({"evaluate", "found.sarif", "--policy", "builtin:strict", "-o", "json=record.json"});
  check(story.explain(), 0, {"INCOMPLETE", "next: "});
}

TEST_CASE("explain: hostile text stays on its line, and no line is wider than 120 columns") {
  Story story;
  const std::string evil = "\\u001b[31m\\n##vso[task.complete]\\n::error::x\\u202e " + std::string(170, 'w') +
                           " ::error::y " + std::string(3000, 'w');
  story.judge({result_of(evil, "src/" + std::string(300, 'p'), "error", "ffff7777", evil),
               result_of("r", "src/x.c", "error", "ffff8888", evil)});
  for (const auto& result : {story.explain(), story.explain({"ffff7777"}), story.explain({"ffff"})}) {
    INFO(result.out);
    const auto text = result.out + result.err;
    for (const auto line : split(text, '\n')) {
      CHECK(display_width(line) <= 120);
      CHECK_FALSE(trim(line).starts_with("::"));
      CHECK(line.find('\x1b') == std::string_view::npos);
      CHECK(line.find("##vso[") == std::string_view::npos);
    }
  }
}
