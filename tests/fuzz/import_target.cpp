// Another gate's file is refused with its place, or becomes a policy that loads and counts every entry once.
#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "policy/import/import.hpp"
#include "policy/load.hpp"

namespace kolega::fuzz {

namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++count;
  return count;
}

void import(const policy::ImportKind& kind, std::string_view bytes) {
  const auto now = *parse_instant("2026-11-23T12:00:00Z");
  try {
    const auto imported = policy::import_policy(kind, bytes, "file", now);
    const auto loaded = policy::lint(imported.text, "imported.yaml");
    require(loaded.policy.has_value(), "what is imported loads");
    require(policy::check_terms(*loaded.policy, now).empty(), "what is imported keeps its own terms");
    require(count_of(imported.text, "# not taken over, line ") >= imported.kept, "what is kept is a comment");
    const auto waivers = loaded.policy->waivers ? loaded.policy->waivers->list.size() : 0;
    require(waivers <= imported.mapped, "no waiver comes from nowhere");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input || error.kind() == ErrorKind::policy,
            "a refusal is an input error");
  }
}

}  // namespace

void run_import(std::string_view bytes) {
  // The bytes as every kind: a file can be called anything.
  for (const auto name : policy::import_kind_names()) import(*policy::find_import_kind(name), bytes);
}

std::vector<std::string> import_seeds() {
  return {
      "# why\nCVE-2018-14618\n\nCVE-2019-14697 exp:2026-12-24\nAVD-DS-0002\n",
      "vulnerabilities:\n  - {id: CVE-2022-40897, paths: [\"a/b.txt\"], statement: x, expired_at: "
      "2026-12-01}\n"
      "misconfigurations: [{id: A, paths: [docs/Dockerfile]}]\nsecrets: [{id: s}]\nlicenses: [{id: MIT}]\n",
      "version: v1.25.0\nignore:\n  SNYK-JS-LODASH-1:\n    - '*': {reason: x, expires: "
      "2026-12-31T00:00:00.000Z}\n"
      "  SNYK-CC-K8S-1:\n    - 'a/b.yaml > *': {reason: x}\nexclude: {global: [vendor/], code: [a]}\npatch: "
      "{}\n",
      "fail-on-severity: high\nexclude: ['./out/**']\nignore:\n  - vulnerability: CVE-2008-4318\n    reason: "
      "x\n"
      "  - {vulnerability: CVE-1-1, package: {location: \"a/**\"}}\n  - fix-state: wont-fix\n",
      "[[IgnoredVulns]]\nid = \"GO-2022-0968\"\nignoreUntil = 2026-12-09\nreason = "
      "\"x\"\n[[PackageOverrides]]\n"
      "name = \"lib\"\nignore = true\n",
      "{\"failed_checks\": [{\"file\": \"/a.tf\", \"findings\": [{\"resource\": \"r\", \"check_ids\": "
      "[\"CKV_1\"]}]}]}",
      "approval_policy:\n  - name: A\n    enabled: true\n    rules:\n      - {type: scan_finding, branches: "
      "[main], "
      "scanners: [sast], vulnerabilities_allowed: 1, severity_levels: [high], vulnerability_states: "
      "[detected], "
      "vulnerability_age: {operator: greater_than, value: 3, interval: month}}\n      - {type: "
      "license_finding}\n",
  };
}

}  // namespace kolega::fuzz
