#include "policy/load.hpp"

#include <doctest/doctest.h>

#include <set>

#include "base/digest.hpp"
#include "support/files.hpp"

using namespace kolega;
using policy::lint;
using policy::parse_policy;
using policy::Policy;

namespace {

const std::string everything = R"(gate: v1
name: everything
scan: {types: [secrets, deep-ai], timeout: 1h30m, reuse: 12h}
on_incomplete: {failed: warn, partial: warn, timeout: warn, api: warn, quota: warn, context: warn}
thresholds: {critical: 0, medium: 20}
severity: {unknown: critical, aliases: {Moderate: medium, error: high}}
triage: {honor: [needs_manual_review]}
exclude:
  - {paths: ["vendor/**", "!vendor/ours/**"], reason: not ours}
rules:
  - id: a.b_c-1
    why: "two\nlines, and a colon: yes"
    when: {severity: ">=medium", not: {any: [{cwe: [79]}, {path: docs/**}]}}
    scope: all
    max: {critical: 1, low: 5}
    mode: warn
    waivable: false
    enabled: true
  - {id: off, enabled: false}
  - {id: "2", max: 7, mode: observe}
)";

std::string read(const std::string& path) {
  return test::slurp(test::source_dir() / path);
}

}  // namespace

TEST_CASE("load: the smallest policy takes the strict defaults") {
  const auto policy = parse_policy("gate: v1\nthresholds: {high: 0}\n", "p.yaml");
  CHECK(policy.name.empty());
  CHECK(policy.scan.types == std::vector<ScanType>{ScanType::secrets_scan, ScanType::semgrep_scan});
  CHECK(policy.scan.timeout == std::chrono::minutes(30));
  CHECK(policy.scan.reuse == std::nullopt);
  CHECK(policy.severity.unknown == Severity::high);
  CHECK(policy.honor == std::vector<TriageStatus>{TriageStatus::ignored, TriageStatus::false_positive});
  for (const auto cause :
       {Cause::failed, Cause::partial, Cause::timeout, Cause::api, Cause::quota, Cause::context}) {
    CHECK_FALSE(policy.on_incomplete.is_warn(cause));
  }
  REQUIRE(policy.rules.size() == 1);
  CHECK(policy.rules[0].id == "thresholds");
  CHECK(policy.rules[0].mode == policy::Mode::block);
  CHECK(policy.rules[0].waivable);
  CHECK(std::get<policy::MaxBySeverity>(policy.rules[0].limit).limit_for(Severity::critical) == 0U);
  REQUIRE(policy.sources.size() == 1);
  CHECK(policy.sources[0].name == "p.yaml");
  CHECK(policy.sources[0].sha256 == sha256_hex("gate: v1\nthresholds: {high: 0}\n"));
}

TEST_CASE("load: every key arrives where it belongs") {
  const auto loaded = lint(everything, "p.yaml");
  REQUIRE(loaded.policy);
  CHECK(loaded.texts.at("p.yaml") == everything);
  REQUIRE(loaded.remarks.size() == 1);
  CHECK(loaded.remarks[0].message == "rule 'off' is disabled and judges nothing");
  const auto& p = *loaded.policy;
  CHECK(p.name == "everything");
  CHECK(p.scan.types == std::vector<ScanType>{ScanType::secrets_scan, ScanType::deep_ai_scan});
  CHECK(p.scan.timeout == std::chrono::minutes(90));
  CHECK(p.scan.reuse == std::chrono::hours(12));
  for (const auto cause :
       {Cause::failed, Cause::partial, Cause::timeout, Cause::api, Cause::quota, Cause::context}) {
    CHECK(p.on_incomplete.is_warn(cause));
  }
  CHECK_FALSE(p.on_incomplete.is_warn(Cause::auth));
  CHECK(p.severity.unknown == Severity::critical);
  using Alias = std::pair<std::string, Severity>;
  CHECK(p.severity.aliases == std::vector<Alias>{{"error", Severity::high}, {"moderate", Severity::medium}});
  CHECK(p.honor == std::vector<TriageStatus>{TriageStatus::needs_manual_review});
  REQUIRE(p.excludes.size() == 1);
  CHECK(p.excludes[0].paths == std::vector<std::string>{"vendor/**", "!vendor/ours/**"});
  CHECK(p.excludes[0].reason == "not ours");
  CHECK(p.excludes[0].pos == SourcePos{"p.yaml", 9, 5});
  REQUIRE(p.rules.size() == 3);
  CHECK(p.rules[0].id == "thresholds");
  CHECK(p.rules[0].pos.line == 5);
  const auto& rule = p.rules[1];
  CHECK(rule.id == "a.b_c-1");
  CHECK(rule.pos == SourcePos{"p.yaml", 11, 9});
  CHECK(rule.why == "two\nlines, and a colon: yes");
  CHECK(rule.mode == policy::Mode::warn);
  CHECK_FALSE(rule.waivable);
  const auto& limit = std::get<policy::MaxBySeverity>(rule.limit);
  CHECK(limit.limit_for(Severity::critical) == 1U);
  CHECK(limit.limit_for(Severity::high) == 5U);
  CHECK(limit.limit_for(Severity::info) == std::nullopt);
  CHECK(p.rules[2].id == "2");
  CHECK(p.rules[2].mode == policy::Mode::observe);
  CHECK(std::get<policy::MaxCount>(p.rules[2].limit).count == 7);
}

TEST_CASE("load: the canonical tree reads back to an equal policy, as a tree and as text") {
  std::vector<std::string> texts{everything, "gate: v1\nthresholds: {info: 0}\n"};
  for (const auto& builtin : policy::builtins()) texts.emplace_back(builtin.text);
  for (const auto& text : texts) {
    const auto once = parse_policy(text, "p.yaml");
    const auto tree = to_node(once);
    const auto written = yaml::write(tree);
    CAPTURE(written);
    CHECK(yaml::write(to_node(policy::parse_policy_node(tree, "record"))) == written);
    const auto again = parse_policy(written, "written");
    CHECK(yaml::write(to_node(again)) == written);
    CHECK(digest(again) == digest(once));
  }
}

TEST_CASE("load: a tree that is no policy is refused by the name of its document") {
  auto tree = to_node(parse_policy("gate: v1\nthresholds: {high: 0}\n", "p"));
  tree.entries.emplace_back(yaml::scalar("wishes"), yaml::sequence({}));
  try {
    policy::parse_policy_node(tree, "run.json");
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(render(error).starts_with(
        "run.json: the policy does not load: 1 error\nrun.json: error: unknown key 'wishes' in 'policy'"));
  }
}

TEST_CASE("load: remarks come in the order of the file, and never too many") {
  std::string text = "gate: v1\nthresholds: {high: 0}\n";
  for (int i = 0; i < 500; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const auto loaded = lint(text, "p");
  CHECK_FALSE(loaded.policy);
  CHECK(loaded.remarks.size() == 101);
  for (std::size_t i = 1; i < loaded.remarks.size(); ++i) {
    CHECK(loaded.remarks[i - 1].pos.line <= loaded.remarks[i].pos.line);
  }
  CHECK(loaded.remarks.back().message == "400 more remarks are not shown");
}

TEST_CASE("load: many warnings do not hide the error behind them") {
  std::string text = "gate: v1\nrules:\n";
  for (int i = 0; i < 300; ++i) text += "  - {id: r" + std::to_string(i) + ", enabled: false}\n";
  text += "  - {id: last, max: -1}\n";
  const auto loaded = lint(text, "p");
  CHECK_FALSE(loaded.policy);
  CHECK(has_errors(loaded.remarks));
}

TEST_CASE("load: more items than anybody means") {
  std::string text = "gate: v1\nrules:\n";
  for (int i = 0; i < 1001; ++i) text += "  - {id: r" + std::to_string(i) + "}\n";
  const auto loaded = lint(text, "p");
  REQUIRE(loaded.remarks.size() == 1);
  CHECK(loaded.remarks[0].message == "'rules' has 1001 items, more than the 1000 that are allowed");
}

TEST_CASE("load: the built-in policies") {
  std::set<std::string> names;
  for (const auto& builtin : policy::builtins()) {
    CAPTURE(builtin.name);
    names.insert(std::string(builtin.name));
    const auto path = "policies/" + std::string(builtin.name) + ".yaml";
    CHECK(builtin.text == read(path));
    CHECK_FALSE(builtin.summary.empty());
    CHECK(builtin.text.find("\n# yaml-language-server: $schema=kolega-policy.schema.json\n") !=
          std::string_view::npos);
    const auto loaded = lint(builtin.text, path);
    CHECK(loaded.remarks.empty());
    REQUIRE(loaded.policy);
    CHECK(loaded.policy->name == builtin.name);
    CHECK(policy::find_builtin(builtin.name)->text == builtin.text);
  }
  CHECK(names == std::set<std::string>{"cwe-top-25", "merge-request", "owasp-top-10", "pci-dss", "ratchet", "release",
                                       "report-only", "secrets-only", "starter", "strict"});
  CHECK(policy::find_builtin("nothing") == nullptr);
  const auto report_only = parse_policy(policy::find_builtin("report-only")->text, "p");
  for (const auto& rule : report_only.rules) CHECK(rule.mode == policy::Mode::observe);
}

// An example that is meant to be wrong begins with ```yaml wrong; tests/cli/docs_examples_test.cpp looks at
// those.
TEST_CASE("load: every example of docs/policy.md is a policy or a part of one") {
  const auto page = read("docs/policy.md");
  int examples = 0;
  for (std::size_t at = 0; (at = page.find("\n```yaml\n", at)) != std::string::npos;) {
    at += 9;
    auto text = page.substr(at, page.find("\n```", at) - at + 1);
    if (text.find("gate: v1") == std::string::npos) {
      text = "gate: v1\n" + text;
      if (text.find("\nrules:") == std::string::npos) text += "thresholds: {high: 0}\n";
    }
    CAPTURE(text);
    const auto loaded = lint(text, "docs/policy.md", [](const policy::Parent& parent, const std::string&) {
      return policy::Fetched{.name = parent.where, .text = "gate: v1\n"};
    });
    for (const auto& remark : loaded.remarks) {
      if (remark.level == Diagnostic::Level::error) FAIL_CHECK(render(remark, text));
    }
    ++examples;
  }
  CHECK(examples >= 8);
}
