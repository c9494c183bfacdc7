// `lock`: what a file that extends another may not change, and how it is told so.
#include <doctest/doctest.h>

#include "support/policy_files.hpp"

using namespace kolega;
using test::lint_files;
using test::remarks_of;

namespace {

const std::string base =
    "rules:\n  - {id: secrets, when: {scan_type: [secrets]}, max: 0}\n  - {id: other, max: 5}\n"
    "scan: {timeout: 90m}\non_incomplete: {quota: warn}\n";

policy::Loaded over(const std::string& lock, const std::string& later) {
  return lint_files({{"policy.yaml", "gate: v1\nextends: [{path: base.yaml}]\n" + later},
                     {"base.yaml", "gate: v1\n" + (lock.empty() ? "" : "lock: " + lock + "\n") + base}});
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("lock: a leaf of a locked rule can not be changed; the lock is named by file and line") {
  CHECK(remarks_of(over("[secrets, on_incomplete]", "rules:\n  - id: secrets\n    mode: observe\n")) ==
        "policy.yaml:5:5: error: rule 'secrets' is locked by base.yaml:2:8 and can not be changed\n"
        "  |     mode: observe\n"
        "  |     ^~~~\n"
        "  hint: 'lock: [secrets]' there allows only to add rules; remove this\n");
}

TEST_CASE("lock: every way to change or drop what is locked is an error") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[secrets]", "rules: [{id: secrets, max: 1}]\n"},
      {"[secrets]", "rules: [{id: secrets, max_age: {high: 30d}}]\n"},
      {"[secrets]", "rules: [{id: secrets, when: {severity: [critical]}}]\n"},
      {"[secrets]", "rules: [{id: secrets, branches: [main]}]\n"},
      {"[secrets]", "rules: [{id: secrets, waivable: true, why: no}]\n"},
      {"[secrets]", "rules: [{id: secrets, enabled: false}]\n"},
      {"[rules]", "rules: [{id: other, max: 6}]\n"},
      {"[rules]", "rules: [{id: other, enabled: false}]\n"},
      {"['*']", "rules: [{id: other, mode: warn}]\n"},
      {"['*']", "scan: {types: [semgrep]}\n"},
      {"['*']", "scan: {timeout: 1s}\n"},
      {"['*']", "exclude: [{paths: [src/**], reason: mine}]\n"},
      {"['*']", "waivers: {max_days: 90}\n"},
      {"['*']", "triage: {honor: [ignored, false_positive, needs_manual_review]}\n"},
      {"['*']", "severity: {unknown: info}\n"},
      {"['*']", "severity: {aliases: {high: x}}\n"},
      {"[scan]", "scan: {reuse: 12h}\n"},
      {"[exclude]", "exclude: [{paths: [src/**], reason: mine}]\n"},
      {"[waivers]",
       "waivers: {list: [{id: W, match: {fingerprint: f}, owner: o, reason: r, ticket: t, expires: "
       "2027-01-01}]}\n"},
      {"[on_incomplete]", "on_incomplete: {quota: warn, api: warn}\n"},
      {"[on_incomplete]", "on_incomplete: {quota: fail}\n"},
      {"[name]", "name: mine\n"},
  };
  for (const auto& [lock, later] : cases) {
    CAPTURE(lock);
    CAPTURE(later);
    const auto loaded = over(lock, later);
    CHECK_FALSE(loaded.policy);
    REQUIRE_FALSE(loaded.remarks.empty());
    CHECK(loaded.remarks[0].pos.file == "policy.yaml");
    if (later.find("aliases") == std::string::npos)
      CHECK(says(remarks_of(loaded), "locked by base.yaml:2:8"));
  }
}

TEST_CASE("lock: enabled: false in a later file is a drop, and the line that does it is shown") {
  const auto shown = remarks_of(over("['*']", "rules:\n  - {id: other, enabled: false}\n"));
  CHECK(
      says(shown, "policy.yaml:4:17: error: rule 'other' is locked by base.yaml:2:8 and can not be dropped"));
}

TEST_CASE("lock: thresholds and the rule of that id are one thing") {
  const auto shown = [](const std::string& lock, const std::string& later) {
    return remarks_of(lint_files({{"policy.yaml", "gate: v1\nextends: [{path: base.yaml}]\n" + later},
                                  {"base.yaml", "gate: v1\nlock: [" + lock + "]\nthresholds: {high: 0}\n"}}));
  };
  CHECK(says(shown("thresholds", "thresholds: {high: 9}\n"),
             "policy.yaml:3:13: error: rule 'thresholds' is locked"));
  CHECK(says(shown("rules", "thresholds: {high: 9}\n"), "rule 'thresholds' is locked"));
  CHECK(says(shown("thresholds", "rules: [{id: thresholds, mode: warn}]\n"), "rule 'thresholds' is locked"));
}

TEST_CASE("lock: adding rules is always allowed, and so is saying the same again") {
  for (const std::string lock : {"['*']", "[rules]", "[secrets, other]"}) {
    CAPTURE(lock);
    CHECK(over(lock, "rules: [{id: more, when: {severity: [critical]}}]\n").policy);
    CHECK(over(lock, "thresholds: {critical: 0}\n").policy);
    CHECK(over(lock, "rules: [{id: secrets, max: 0}]\nscan: {timeout: 1h30m}\non_incomplete: {quota: warn}\n")
              .policy);
    CHECK(over(lock, "name: ours\n").policy);  // a label decides nothing
  }
}

TEST_CASE("lock: what is not locked can be changed") {
  CHECK(over("", "rules: [{id: secrets, mode: warn}]\nscan: {timeout: 1m}\n").policy);
  CHECK(over("[secrets]", "rules: [{id: other, enabled: false}]\nscan: {timeout: 1m}\n").policy);
}

TEST_CASE("lock: locks add up and no file can undo one") {
  const auto loaded = lint_files({{"policy.yaml",
                                   "gate: v1\nextends: [{path: middle.yaml}]\nscan: {timeout: 1m}\n"
                                   "rules: [{id: a, max: 1}]\n"},
                                  {"middle.yaml", "gate: v1\nextends: [{path: base.yaml}]\nlock: [scan]\n"},
                                  {"base.yaml", "gate: v1\nlock: [a]\nrules: [{id: a}]\n"}});
  const auto shown = remarks_of(loaded);
  CHECK(says(shown, "policy.yaml:3:8: error: 'scan.timeout' is locked by middle.yaml:3:8"));
  CHECK(says(shown, "policy.yaml:4:17: error: rule 'a' is locked by base.yaml:2:8"));
}

TEST_CASE("lock: a second base that is applied later is bound by the first: two bases conflict by name") {
  const auto loaded =
      lint_files({{"policy.yaml", "gate: v1\nextends: [{path: one.yaml}, {path: two.yaml}]\n"},
                  {"one.yaml", "gate: v1\nlock: [a]\nrules: [{id: a, max: 0}]\n"},
                  {"two.yaml", "gate: v1\nrules: [{id: a, max: 9}]\n"}});
  CHECK_FALSE(loaded.policy);
  CHECK(says(remarks_of(loaded),
             "two.yaml:2:17: error: rule 'a' is locked by one.yaml:2:8 and can not be changed"));
}

TEST_CASE("lock: a lock binds later files, not the one that it stands in") {
  CHECK(lint_files(
            {{"policy.yaml", "gate: v1\nextends: [{path: base.yaml}]\nlock: ['*']\nscan: {timeout: 1m}\n"},
             {"base.yaml", "gate: v1\n" + base}})
            .policy);
}

TEST_CASE("lock: nothing that stands before the locked file may soften it, and the line that would is shown") {
  const std::string locked =
      "gate: v1\nlock: ['*']\nscan: {timeout: 90m}\nrules:\n  - {id: a, max: 0}\n  - {id: b, max: 5}\n";
  const auto behind = [&](const std::string& weak) {
    return lint_files({{"policy.yaml", "gate: v1\nextends: [{path: weak.yaml}, {path: locked.yaml}]\n"},
                       {"weak.yaml", "gate: v1\n" + weak},
                       {"locked.yaml", locked}});
  };
  CHECK(remarks_of(behind("rules: [{id: z, max: 1}]\nbreak_glass: {require: [reason]}\n")) ==
        "weak.yaml:3:1: error: 'break_glass' is locked by locked.yaml:2:8 and can not be changed\n"
        "  | break_glass: {require: [reason]}\n"
        "  | ^~~~~~~~~~~\n"
        "  hint: 'lock: [*]' there holds for files that apply before it, too; remove this\n");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"rules: [{id: a, enabled: false}, {id: z}]\n", "weak.yaml:2:17: error: rule 'a' is locked"},
      {"rules: [{id: b, mode: observe}]\n", "weak.yaml:2:17: error: rule 'b' is locked"},
      {"rules: [{id: b, branches: [main]}]\n", "weak.yaml:2:17: error: rule 'b' is locked"},
      {"rules: [{id: b, when: {severity: [low]}}]\n", "weak.yaml:2:17: error: rule 'b' is locked"},
      {"exclude: [{paths: [src/**], reason: mine}]\n", "weak.yaml:2:1: error: 'exclude' is locked"},
      {"on_incomplete: {quota: warn}\n", "weak.yaml:2:17: error: 'on_incomplete.quota' is locked"},
      {"scan: {types: [semgrep]}\n", "weak.yaml:2:8: error: 'scan.types' is locked"},
      {"triage: {honor: []}\n", "weak.yaml:2:10: error: 'triage.honor' is locked"},
      {"waivers: {max_days: 900}\n", "weak.yaml:2:1: error: 'waivers' is locked"},
      {"repository: other/one\n", "weak.yaml:2:1: error: 'repository' is locked"},
  };
  for (const auto& [weak, told] : cases) {
    CAPTURE(weak);
    const auto loaded = behind(weak);
    CHECK_FALSE(loaded.policy);
    CHECK(says(remarks_of(loaded), told));
  }
  CHECK(behind("name: ours\nscan: {timeout: 1h30m}\nrules: [{id: z, max: 1}, {id: b, max: 5}]\n").policy);
  CHECK(behind("scan: {timeout: 1m}\nrules: [{id: b, max: 99}]\n").policy);  // the locked file says otherwise
}

TEST_CASE("lock: what a locked file extends is part of it, and a file beside it is not") {
  const test::Files files{
      {"own.yaml", "gate: v1\nextends: [{path: base.yaml}]\nlock: ['*']\nrules: [{id: a, max: 1}]\n"},
      {"base.yaml", "gate: v1\n" + base},
      {"lock.yaml", "gate: v1\nextends: [{path: base.yaml}, {path: weak.yaml}]\nlock: [scan, other]\n"},
      {"weak.yaml", "gate: v1\nscan: {timeout: 1m, reuse: 12h}\nrules: [{id: other, max: 9}]\n"}};
  const auto top = [&](const std::string& extends) {
    auto all = files;
    all["policy.yaml"] = "gate: v1\nextends: [" + extends + "]\n";
    return lint_files(all);
  };
  CHECK(top("{path: own.yaml}").policy);
  CHECK(top("{path: base.yaml}, {path: own.yaml}").policy);
  CHECK(says(remarks_of(top("{path: weak.yaml}, {path: own.yaml}")),
             "weak.yaml:2:21: error: 'scan.reuse' is locked by own.yaml:3:8"));
  // Named twice, weak.yaml applies before base.yaml instead of over it.
  CHECK(top("{path: lock.yaml}").policy);
  const auto turned = remarks_of(top("{path: weak.yaml}, {path: lock.yaml}"));
  CHECK(says(turned, "lock.yaml:3:8: error: 'scan' is locked here and would be another than in this file alone"));
  CHECK(says(turned, "lock.yaml:3:14: error: rule 'other' is locked here and would be another than in this file alone"));
}

TEST_CASE("lock: builtin:release can not be softened by what stands before it") {
  const auto loaded = lint_files(
      {{"policy.yaml", "gate: v1\nextends: [{path: weak.yaml}, 'builtin:release']\n"},
       {"weak.yaml",
        "gate: v1\nrules: [{id: clean, enabled: false}, {id: secrets, mode: observe}, {id: z, max: 9999}]\n"}});
  CHECK_FALSE(loaded.policy);
  CHECK(says(remarks_of(loaded), "weak.yaml:2:21: error: rule 'clean' is locked by builtin:release:"));
  CHECK(says(remarks_of(loaded), "weak.yaml:2:52: error: rule 'secrets' is locked by builtin:release:"));
}

TEST_CASE("lock: a lock that holds nothing is an error, with the nearest name") {
  CHECK(
      remarks_of(over("[secret]", "")) ==
      "base.yaml:2:8: error: 'secret' can not be locked: it is no rule of this policy and no top-level key\n"
      "  | lock: [secret]\n"
      "  |        ^~~~~~\n"
      "  hint: did you mean 'secrets'?\n");
  for (const std::string lock : {"[gate]", "[extends]", "[lock]", "[secrets, secrets]", "[]", "{a: b}"}) {
    CAPTURE(lock);
    CHECK_FALSE(over(lock, "").policy);
  }
}

TEST_CASE("lock: it stays in the merged policy") {
  const auto loaded = over("[secrets, scan]", "");
  REQUIRE(loaded.policy);
  const auto again = policy::parse_policy(yaml::write(to_node(*loaded.policy)), "again");
  REQUIRE(again.locks.size() == 2);
  CHECK(policy::find_rule_lock(again.locks, "secrets"));
  CHECK_FALSE(policy::find_rule_lock(again.locks, "other"));
  CHECK(policy::find_lock(again.locks, "scan"));
}
