// `extends`: which files are read, what is refused, and what several files mean together.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/digest.hpp"
#include "support/policy_files.hpp"

using namespace kolega;
using test::Files;
using test::lint_files;
using test::remarks_of;

namespace {

const std::string head = "gate: v1\n";
const std::string plain = "gate: v1\nthresholds: {high: 0}\n";
const std::string base_url = "https://policies.example.com/base.yaml";

std::string pinned(const std::string& text) {
  return head + "extends:\n  - {url: \"" + base_url + "\", sha256: " + sha256_hex(text) + "}\n";
}

policy::Policy merged(const Files& files) {
  auto loaded = lint_files(files);
  CAPTURE(remarks_of(loaded));
  REQUIRE(loaded.policy);
  return std::move(*loaded.policy);
}

const policy::Rule& rule(const policy::Policy& policy, const std::string& id) {
  const auto found = std::ranges::find(policy.rules, id, &policy::Rule::id);
  REQUIRE(found != policy.rules.end());
  return *found;
}

/// The first remark, of a policy that must not load.
std::string refusal(const Files& files) {
  const auto loaded = lint_files(files);
  CHECK_FALSE(loaded.policy);
  REQUIRE(has_errors(loaded.remarks));
  return render(loaded.remarks.front(), loaded);
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// policy.yaml -> f1 -> f2 ... -> f<depth>, the last of which has the rules.
Files chain(int depth) {
  Files files;
  for (int i = 0; i <= depth; ++i) {
    const auto name = i == 0 ? std::string("policy.yaml") : "f" + std::to_string(i) + ".yaml";
    files[name] = i == depth ? plain : head + "extends: [{path: f" + std::to_string(i + 1) + ".yaml}]\n";
  }
  return files;
}

}  // namespace

TEST_CASE("extends: an unknown builtin is refused with the nearest name") {
  const auto shown = refusal({{"policy.yaml", head + "extends: [builtin:startr]\n"}});
  CHECK(shown ==
        "policy.yaml:2:11: error: there is no built-in policy 'startr'\n"
        "  | extends: [builtin:startr]\n"
        "  |           ^~~~~~~~~~~~~~\n"
        "  hint: did you mean 'starter'?");
}

TEST_CASE("extends: what is no parent is refused") {
  const std::string digest(64, 'a');
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[base.yaml]", "is not a built-in policy\n"},
      {"[https://a.example/b.yaml]", "write {url: https://a.example/b.yaml, sha256: ...}"},
      {"[{path: /etc/base.yaml}]", "'path' must be relative to this file"},
      {"[{path: 'a\\b.yaml'}]", "'path' must be written with '/'"},
      {"[{url: \"https://a.example/b.yaml\"}]", "this 'url' has no 'sha256'"},
      {"[{url: \"http://a.example/b.yaml\", sha256: " + digest + "}]", "only https:// is"},
      {"[{url: \"file:///etc/passwd\", sha256: " + digest + "}]", "only https:// is"},
      {"[{url: \"https://me:secret@a.example/b\", sha256: " + digest + "}]", "it holds user information"},
      {"[{url: \"https://a.example/b?token=x\", sha256: " + digest + "}]", "it holds a query or fragment"},
      {"[{url: \"https:///b\", sha256: " + digest + "}]", "it names no host"},
      {"[{url: \"https://a.example/b\", sha256: abc}]", "'sha256' must be 64 lower-case hexadecimal digits"},
      {"[{url: \"https://a.example/b\", sha256: " + std::string(64, 'A') + "}]", "64 lower-case"},
      {"[{path: a, sha256: " + digest + "}]", "'sha256' belongs to 'url'"},
      {"[{path: a, url: \"https://a.example/b\", sha256: " + digest + "}]", "both 'path' and 'url'"},
      {"[{sha256: " + digest + "}]", "neither 'path' nor 'url'"},
      {"[{file: a}]", "unknown key 'file' in 'extends'"},
      {"[[a]]", "'extends' lists policies"},
      {"builtin:starter", "'extends' must be a list"},
      {"[]", "'extends' is an empty list"},
      {"[builtin:starter, builtin:starter]", "is named twice in 'extends'"},
  };
  for (const auto& [items, part] : cases) {
    CAPTURE(items);
    const auto loaded = lint_files({{"policy.yaml", plain + "extends: " + items + "\n"}});
    CHECK_FALSE(loaded.policy);
    CAPTURE(remarks_of(loaded));
    CHECK(says(remarks_of(loaded), part));
    CHECK(std::ranges::count(loaded.remarks, loaded.remarks.front()) == 1);
  }
}

TEST_CASE("extends: a url is checked against its sha256 before anything of it is parsed") {
  const Files changed{{"policy.yaml", pinned(plain)}, {base_url, "{{{ not even YAML"}};
  const auto loaded = lint_files(changed);
  CHECK_FALSE(loaded.policy);
  REQUIRE(loaded.remarks.size() == 1);
  CHECK(loaded.remarks[0].message ==
        "this policy is not the one that 'sha256' pins: it has " + sha256_hex("{{{ not even YAML"));
  CHECK(loaded.remarks[0].pos == SourcePos{"policy.yaml", 3, 5});
  CHECK(merged({{"policy.yaml", pinned(plain)}, {base_url, plain}}).rules.size() == 1);
}

TEST_CASE("extends: a policy from elsewhere can not name files of this machine") {
  const auto remote = head + "extends: [{path: /etc/secret.yaml}]\n";
  CHECK(says(refusal({{"policy.yaml", pinned(remote)}, {base_url, remote}}), "must be relative"));
  const auto beside = head + "extends: [{path: secret.yaml}]\n";
  CHECK(says(refusal({{"policy.yaml", pinned(beside)}, {base_url, beside}}),
             base_url + ":2:11: error: a policy from elsewhere can not name files of this machine"));
}

TEST_CASE("extends: a circle is refused and its chain is named") {
  CHECK(says(refusal({{"policy.yaml", head + "extends: [{path: policy.yaml}]\n"}}),
             "'extends' goes round in a circle: policy.yaml -> policy.yaml"));
  CHECK(says(refusal({{"policy.yaml", head + "extends: [{path: sub/a.yaml}]\n"},
                      {"sub/a.yaml", head + "extends: [{path: b.yaml}]\n"},
                      {"sub/b.yaml", head + "extends: [{path: ../policy.yaml}]\n"}}),
             "sub/b.yaml:2:11: error: 'extends' goes round in a circle: policy.yaml -> sub/a.yaml -> "
             "sub/b.yaml -> policy.yaml"));
}

TEST_CASE("extends: depth 8 loads, depth 9 does not") {
  CHECK(merged(chain(8)).rules.size() == 1);
  CHECK(says(refusal(chain(9)), "f8.yaml:2:11: error: 'extends' goes deeper than 8 files"));
}

TEST_CASE("extends: more than 32 files, and more than 1 MiB in all, are refused") {
  Files wide{{"policy.yaml", plain + "extends:\n"}};
  for (int i = 0; i < 32; ++i) {
    const auto name = "b" + std::to_string(i) + ".yaml";
    wide["policy.yaml"] += "  - {path: " + name + "}\n";
    wide[name] = head + "name: x\n";
  }
  CHECK(says(refusal(wide), "'extends' leads to more than 32 files"));
  const auto large = head + "#" + std::string(600 * 1024, 'x') + "\n";
  CHECK(says(
      refusal({{"policy.yaml", plain + "extends: [{path: a}, {path: b}]\n"}, {"a", large}, {"b", large}}),
      "the policy and all that it extends are larger than 1 MiB"));
}

TEST_CASE("extends: two ways to one file are one file, applied where it is first named") {
  const Files diamond{
      {"policy.yaml", head + "extends: [{path: a.yaml}, {path: b.yaml}]\n"},
      {"a.yaml", head + "extends: [{path: c.yaml}]\nrules: [{id: shared, mode: warn}]\n"},
      {"b.yaml", head + "extends: [{path: c.yaml}]\nrules: [{id: own}]\n"},
      {"c.yaml", head + "rules: [{id: shared}]\nexclude: [{paths: [vendor/**], reason: x}]\n"}};
  const auto policy = merged(diamond);
  CHECK(policy.rules.size() == 2);
  CHECK(rule(policy, "shared").mode == policy::Mode::warn);  // c does not apply again after a
  CHECK(policy.excludes.size() == 1);
  std::vector<std::string> names;
  for (const auto& source : policy.sources) names.push_back(source.name);
  CHECK(names == std::vector<std::string>{"policy.yaml", "c.yaml", "a.yaml", "b.yaml"});
  CHECK(policy.sources[1].sha256 == sha256_hex(diamond.at("c.yaml")));
}

TEST_CASE("extends: rules merge by id, key by key") {
  const auto policy = merged(
      {{"policy.yaml",
        head + "extends: [{path: base.yaml}]\nrules:\n  - {id: serious, mode: warn}\n  - {id: new}\n"},
       {"base.yaml", head + "rules:\n  - {id: serious, why: because, when: {severity: \">=high\"}, max: 3}\n"
                            "  - {id: kept, max: 1}\n"}});
  REQUIRE(policy.rules.size() == 3);
  CHECK(policy.rules[0].id == "serious");  // where the base had it
  CHECK(policy.rules[2].id == "new");
  const auto& serious = rule(policy, "serious");
  CHECK(serious.mode == policy::Mode::warn);
  CHECK(serious.why == "because");
  CHECK(serious.when.severity);
  CHECK(std::get<policy::MaxCount>(serious.limit).count == 3);
  CHECK(serious.pos == SourcePos{"policy.yaml", 4, 10});
  CHECK(rule(policy, "kept").pos.file == "base.yaml");
}

TEST_CASE("extends: a leaf is replaced whole, and with it what says the same in other words") {
  const Files files{{"policy.yaml", head + "extends: [{path: base.yaml}]\nrules:\n"
                                           "  - {id: when, when: {path: [src/**]}}\n"
                                           "  - {id: age, max: 4}\n"
                                           "  - {id: count, max_age: {high: 7d}}\n"
                                           "  - {id: limits, max: {high: 5}}\n"
                                           "  - {id: later, mode: block}\n"},
                    {"base.yaml", head + "rules:\n"
                                         "  - {id: when, when: {cvss: \">=9.0\"}, on_missing: match}\n"
                                         "  - {id: age, max_age: {high: 30d}}\n"
                                         "  - {id: count, max: 9}\n"
                                         "  - {id: limits, max: {critical: 0, low: 100}}\n"
                                         "  - {id: later, mode: warn, block_from: 2027-01-01}\n"}};
  const auto policy = merged(files);
  CHECK_FALSE(rule(policy, "when").when.cvss);
  CHECK(rule(policy, "when").on_missing == policy::OnMissing::by_severity);
  CHECK(std::get<policy::MaxCount>(rule(policy, "age").limit).count == 4);
  CHECK(std::holds_alternative<policy::MaxAge>(rule(policy, "count").limit));
  const auto& limits = std::get<policy::MaxBySeverity>(rule(policy, "limits").limit);
  CHECK(limits.limit_for(Severity::high) == 5U);
  CHECK(limits.limit_for(Severity::low) == std::nullopt);
  CHECK_FALSE(rule(policy, "later").block_from);
}

TEST_CASE("extends: thresholds are the rule of that id") {
  const auto policy =
      merged({{"policy.yaml", head + "extends: [{path: base.yaml}]\nrules: [{id: thresholds, mode: warn}]\n"},
              {"base.yaml", plain}});
  REQUIRE(policy.rules.size() == 1);
  CHECK(policy.rules[0].mode == policy::Mode::warn);
  CHECK(std::get<policy::MaxBySeverity>(policy.rules[0].limit).limit_for(Severity::critical) == 0U);
  const auto replaced =
      merged({{"policy.yaml", "gate: v1\nextends: [{path: base.yaml}]\nthresholds: {medium: 3}\n"},
              {"base.yaml", plain}});
  CHECK(std::get<policy::MaxBySeverity>(replaced.rules[0].limit).limit_for(Severity::high) == 3U);
}

TEST_CASE("extends: exclude and waivers.list append, every other setting is replaced key by key") {
  const std::string waiver = ", match: {fingerprint: ";
  const auto policy =
      merged({{"policy.yaml", head +
                                  "name: ours\nextends: [{path: base.yaml}]\nscan: {timeout: 5m}\n"
                                  "on_incomplete: {quota: fail}\nseverity: {aliases: {MODERATE: low}}\n"
                                  "triage: {honor: [ignored]}\nexclude: [{paths: [b/**], reason: x}]\n"
                                  "waivers: {max_days: 30, list: [{id: W-2" +
                                  waiver + "g}}]}\n"},
              {"base.yaml", plain +
                                "name: base\nscan: {types: [secrets], timeout: 90m}\n"
                                "on_incomplete: {quota: warn, api: warn}\n"
                                "severity: {unknown: critical, aliases: {moderate: medium, error: high}}\n"
                                "triage: {honor: [false_positive]}\nexclude: [{paths: [a/**], reason: x}]\n"
                                "waivers: {require: [], max_days: 60, unused: fail, list: [{id: W-1" +
                                waiver + "f}}]}\n"}});
  CHECK(policy.name == "ours");
  CHECK(policy.scan.types == std::vector<ScanType>{ScanType::secrets_scan});
  CHECK(policy.scan.timeout == std::chrono::minutes(5));
  CHECK_FALSE(policy.on_incomplete.is_warn(Cause::quota));
  CHECK(policy.on_incomplete.is_warn(Cause::api));
  CHECK(policy.severity.unknown == Severity::critical);
  using Alias = std::pair<std::string, Severity>;
  CHECK(policy.severity.aliases ==
        std::vector<Alias>{{"error", Severity::high}, {"moderate", Severity::low}});
  CHECK(policy.honor == std::vector<TriageStatus>{TriageStatus::ignored});
  REQUIRE(policy.excludes.size() == 2);
  CHECK(policy.excludes[0].paths.front() == "a/**");
  REQUIRE(policy.waivers);
  CHECK(policy.waivers->max_days == 30);
  CHECK(policy.waivers->unused == policy::Unused::fail);
  CHECK(policy.waivers->list.size() == 2);
}

TEST_CASE("extends: no rule of its own is needed, and none at all is an error") {
  CHECK(merged({{"policy.yaml", head + "extends: [builtin:starter]\n"}}).rules.size() ==
        policy::parse_policy(policy::find_builtin("starter")->text, "s").rules.size());
  CHECK(says(refusal({{"policy.yaml", head + "extends: [{path: empty.yaml}]\n"},
                      {"empty.yaml", head + "name: x\n"}}),
             "the policy has no rule"));
}

TEST_CASE("extends: a rule that is switched off is dropped, and all of them is an error") {
  const Files files{
      {"policy.yaml", head + "extends: [{path: base.yaml}]\nrules: [{id: a, enabled: false}]\n"},
      {"base.yaml", head + "rules: [{id: a}, {id: b}]\n"}};
  const auto loaded = lint_files(files);
  REQUIRE(loaded.policy);
  CHECK(loaded.policy->rules.size() == 1);
  CHECK(remarks_of(loaded).starts_with("policy.yaml:3:14: warning: rule 'a' is disabled"));
  CHECK(says(refusal({{"policy.yaml", files.at("policy.yaml")}, {"base.yaml", head + "rules: [{id: a}]\n"}}),
             "every rule is disabled"));
}

TEST_CASE(
    "extends: every file is understood as a whole, also where a later one replaces what is wrong in it") {
  const Files files{
      {"policy.yaml", head + "extends: [{path: base.yaml}]\nscan: {timeout: 5m}\nrules: [{id: a, max: 0}]\n"},
      {"base.yaml", "scan: {timeout: never}\nrules: [{id: a, max: 010}]\n"}};
  const auto shown = remarks_of(lint_files(files));
  CHECK(says(shown, "base.yaml:1:1: error: the policy does not name the version"));
  CHECK(says(shown, "base.yaml:1:17: error: 'timeout' must be a duration"));
  CHECK(says(shown, "base.yaml:2:22: error: 'max' must be a whole number"));
}

TEST_CASE("extends: a remark points into the file that it belongs to") {
  const Files files{
      {"policy.yaml", head + "# one\n# two\nextends: [{path: base.yaml}]\nscan: {types: [semgrep]}\n"},
      {"base.yaml", head + "rules:\n  - {id: leaks, when: {scan_type: [secrets]}}\n"}};
  CHECK(refusal(files) ==
        "base.yaml:3:23: error: rule 'leaks' can never count anything\n"
        "  |   - {id: leaks, when: {scan_type: [secrets]}}\n"
        "  |                       ^\n"
        "  hint: its scan types are not in scan.types");
}

TEST_CASE("extends: remarks come file by file, the file itself first") {
  const auto loaded = lint_files({{"policy.yaml", head + "one: 1\nextends: [{path: base.yaml}]\ntwo: 2\n"},
                                  {"base.yaml", head + "three: 3\n"}});
  REQUIRE(loaded.remarks.size() == 3);
  CHECK(loaded.remarks[0].pos.line == 2);
  CHECK(loaded.remarks[1].pos.line == 4);
  CHECK(loaded.remarks[2].pos.file == "base.yaml");
}

TEST_CASE("extends: linter errors reach across files") {
  const auto with = [](const std::string& base, const std::string& top) {
    return refusal(
        {{"policy.yaml", head + "extends: [{path: base.yaml}]\n" + top}, {"base.yaml", plain + base}});
  };
  const std::string waiver = "waivers: {require: [], list: [{id: W-1, match: {fingerprint: f}}]}\n";
  CHECK(says(with(waiver, waiver), "waiver id 'W-1' is used twice"));
  CHECK(says(with(waiver, waiver), "it belongs to base.yaml:3:36 already"));
  CHECK(
      says(with(waiver, "waivers: {list: [{id: W-2, match: {fingerprint: f}}]}\n"), "have the same 'match'"));
  CHECK(says(with(waiver, "waivers: {require: [owner]}\n"),
             "base.yaml:3:36: error: waiver 'W-1' has no 'owner'"));
  CHECK(says(with("triage: {honor: []}\n",
                  "triage: {honor: [ignored]}\nrules: [{id: a, when: {status: [ignored]}}]\n"),
             "triage.honor takes these findings out"));
  CHECK(says(with("", "rules: [{id: a}, {id: a}]\n"), "rule id 'a' is used twice"));
  CHECK(says(with("", "thresholds: {high: 1}\nrules: [{id: thresholds}]\n"),
             "rule id 'thresholds' is used twice"));
}

TEST_CASE("extends: max_days of the base bounds the waivers of who extends it") {
  const auto policy =
      merged({{"policy.yaml", head + "extends: [{path: base.yaml}]\nwaivers: {list: [{id: W-1, match: "
                                     "{fingerprint: f}, expires: 2027-03-01}]}\n"},
              {"base.yaml", plain + "waivers: {require: [], max_days: 10}\n"}});
  const auto late = check_terms(policy, *parse_instant("2027-01-01T00:00:00Z"));
  REQUIRE(late.size() == 1);
  CHECK(late[0].pos.file == "policy.yaml");
}

TEST_CASE("extends: the canonical form is whole: it extends nothing and has an equal digest") {
  const auto policy = merged({{"policy.yaml", head + "extends: [builtin:strict]\nname: ours\n"}});
  const auto written = yaml::write(to_node(policy));
  CHECK_FALSE(says(written, "extends"));
  CHECK(digest(policy::parse_policy(written, "written")) == digest(policy));
}
