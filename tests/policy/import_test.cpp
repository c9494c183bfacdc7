// policy/import: every sample gives its expected policy and remarks, which load; hostile and broken files
// give errors with a place. KOLEGA_UPDATE=1 writes the expected files anew; read the difference before you
// commit it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "base/text.hpp"
#include "policy/import/import.hpp"
#include "policy/load.hpp"
#include "support/files.hpp"

using namespace kolega;
using policy::Imported;
namespace fs = std::filesystem;

namespace {

const auto samples = test::source_dir() / "tests/policy/import";
const auto now = *parse_instant("2026-11-23T12:00:00Z");

struct Sample {
  fs::path folder{};
  fs::path file{};
};

std::vector<Sample> all_samples() {
  std::vector<Sample> out;
  for (const auto& folder : fs::directory_iterator(samples)) {
    for (const auto& file : fs::directory_iterator(folder)) {
      if (!file.path().filename().string().starts_with("expected.")) out.push_back({folder, file});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.folder < b.folder; });
  return out;
}

Imported import(const std::string& kind, const std::string& text, const std::string& file = "file") {
  const auto* known = policy::find_import_kind(kind);
  REQUIRE(known);
  return policy::import_policy(*known, text, file, now);
}

std::string shown_remarks(const Imported& imported, const std::string& text) {
  std::string out;
  for (const auto& remark : imported.remarks) out += render(remark, text) + "\n";
  return out + std::to_string(imported.mapped) + " mapped, " + std::to_string(imported.kept) + " kept\n";
}

void check_expected(const fs::path& path, const std::string& text) {
  CAPTURE(path.string());
  if (std::getenv("KOLEGA_UPDATE")) std::ofstream(path, std::ios::binary) << text;
  CHECK(test::slurp(path) == text);
}

/// The policy loads without a remark, also with the clock's.
policy::Policy load(const std::string& text) {
  CAPTURE(text);
  const auto loaded = policy::lint(text, "imported.yaml");
  for (const auto& remark : loaded.remarks) FAIL_CHECK(render(remark, text));
  REQUIRE(loaded.policy);
  CHECK(policy::check_terms(*loaded.policy, now).empty());
  return *loaded.policy;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

std::string error_of(const std::string& kind, const std::string& text) {
  try {
    import(kind, text);
  } catch (const Error& error) {
    CHECK((error.kind() == ErrorKind::input || error.kind() == ErrorKind::policy));
    return render(error);
  }
  return "no error";
}

}  // namespace

TEST_CASE("import: every sample is recognised by its name and gives the policy beside it") {
  std::set<std::string> seen;
  for (const auto& sample : all_samples()) {
    CAPTURE(sample.folder.filename().string());
    const auto text = test::slurp(sample.file);
    const bool gitlab = sample.file.filename() == "policy.yml";
    const auto name = gitlab ? ".gitlab/security-policies/policy.yml" : sample.file.filename().string();
    const auto detected = policy::detect_import(name, text);
    REQUIRE(detected);
    CHECK(detected->because == "its name");
    seen.insert(std::string(name_of(*detected->kind)));
    const auto by_content = policy::detect_import("file", text);
    REQUIRE(by_content);
    CHECK(by_content->kind == detected->kind);
    const auto imported = policy::import_policy(*detected->kind, text, name, now);
    load(imported.text);
    check_expected(sample.folder / "expected.yaml", imported.text);
    check_expected(sample.folder / "expected.txt", shown_remarks(imported, text));
    // Nothing is dropped: what is not mapped is a comment, and a remark.
    CHECK(count_of(imported.text, "# not taken over, line ") == imported.kept);
    CHECK(static_cast<std::size_t>(
              std::count_if(imported.remarks.begin(), imported.remarks.end(), [](const Diagnostic& d) {
                return d.message.starts_with("kept as a comment");
              })) == imported.kept);
  }
  CHECK(seen.size() == policy::import_kind_names().size());
}

TEST_CASE("import: an entry without an end gets one; the day an entry ends is the day it ended there") {
  const auto policy = load(import("trivyignore", "CVE-2020-1\nCVE-2020-2 exp:2026-12-24\n").text);
  REQUIRE(policy.waivers);
  REQUIRE(policy.waivers->list.size() == 2);
  CHECK(describe_end(policy.waivers->list[0]) == "2027-02-21");
  // Trivy: ExpiredAt.Before(now), so the 24th is expired already; our 23rd is valid through its end.
  CHECK(policy.waivers->list[1].until == parse_instant("2026-12-24T00:00:00Z"));
}

TEST_CASE("import: a comment of a .trivyignore is the reason of what it stands above, and of nothing else") {
  const auto policy = load(import("trivyignore",
                                  "# The head of the file\n#\n# one\nCVE-2020-1\nCVE-2020-2\n# three\nCVE-2020-3\n"
                                  "CVE-2020-4 exp:2026-12-24 # four\nCVE-2020-5\n\nCVE-2020-6\n")
                               .text);
  REQUIRE(policy.waivers);
  std::vector<std::string> reasons;
  for (const auto& waiver : policy.waivers->list) reasons.push_back(waiver.reason);
  REQUIRE(reasons.size() == 6);
  CHECK(std::vector(reasons.begin(), reasons.end() - 1) == std::vector<std::string>{"one", "one", "three", "four", "three"});
  CHECK(reasons.back().find("three") == std::string::npos);
}

TEST_CASE("import: an end that does not parse never becomes no end") {
  for (const auto& [kind, text] : std::vector<std::pair<std::string, std::string>>{
           {"trivyignore", "CVE-2020-1 exp:2026-13-01\n"},
           {"trivyignore-yaml", "vulnerabilities: [{id: CVE-2020-1, expired_at: 1.1.2027}]\n"},
           {"snyk", "ignore: {SNYK-JS-A-1: [{'*': {expires: tomorrow}}]}\n"},
           {"osv-scanner", "[[IgnoredVulns]]\nid = \"GO-2022-1\"\nignoreUntil = \"next year\"\n"}}) {
    CAPTURE(kind);
    const auto imported = import(kind, text);
    CHECK(imported.mapped == 0);
    CHECK(imported.kept == 1);
    CHECK_FALSE(load(imported.text).waivers);
  }
}

TEST_CASE("import: an end beyond every term is brought nearer, and max_days holds what is left") {
  const auto far = import("trivyignore", "CVE-2020-1 exp:2999-01-01\n");
  CHECK(load(far.text).waivers->max_days == 90);
  CHECK(far.text.find("# stricter than line 1: CVE-2020-1") != std::string::npos);
  CHECK(load(import("trivyignore", "CVE-2020-1 exp:2028-01-01\n").text).waivers->max_days > 90);
}

TEST_CASE("import: an osv-scanner.toml is for its own folder only") {
  const std::string text = "[[IgnoredVulns]]\nid = \"GO-2022-1\"\n";
  const auto paths = [&](const std::string& file) {
    return load(import("osv-scanner", text, file).text).waivers->list.at(0).match.path;
  };
  CHECK(paths("osv-scanner.toml").front() == "*.lock");
  CHECK(paths("services/api/osv-scanner.toml").front() == "services/api/*.lock");
  CHECK(paths("./a[1]/osv-scanner.toml").front() == "a\\[1]/*.lock");
  CHECK(paths("/home/me/osv-scanner.toml").front() == "*.lock");
  CHECK(paths("../../osv-scanner.toml").front() == "*.lock");
}

TEST_CASE("import: what is not understood of a rule of GitLab makes it stricter, never a comment") {
  const auto rule_of = [](const std::string& keys) {
    const auto imported =
        import("gitlab", "approval_policy: [{name: a, rules: [{type: scan_finding, " + keys + "}]}]\n");
    CHECK(imported.text.find("# stricter than line 1: a, rule 1, ") != std::string::npos);
    const auto policy = load(imported.text);
    REQUIRE(policy.rules.size() == 1);
    CHECK(policy.rules[0].id == "a-1-1");
    return policy.rules[0];
  };
  const auto mixed = rule_of("scanners: [sast, dast], severity_levels: [Critical, high]");
  CHECK(mixed.when.scan_type == std::vector{ScanType::semgrep_scan});
  REQUIRE(mixed.when.severity);
  CHECK(mixed.when.severity->has(Severity::critical));
  CHECK_FALSE(mixed.when.severity->has(Severity::medium));
  CHECK(rule_of("scanners: [made_up]").when.scan_type.empty());
  CHECK_FALSE(rule_of("severity_levels: [sever]").when.severity);
  CHECK_FALSE(rule_of("vulnerability_age: {operator: about, value: 3, interval: day}").when.age);
  CHECK(rule_of("branches: [main, '!x']").branches.empty());
  const auto own = rule_of(
      "scanners: [{type: sast, severity_levels: [low]}], severity_levels: [critical], vulnerabilities_allowed: 9");
  CHECK(own.when.scan_type == std::vector{ScanType::semgrep_scan});
  CHECK_FALSE(own.when.severity);
  CHECK(std::get<policy::MaxCount>(own.limit).count == 0);
  // Nothing here finds what only these find.
  const auto none = import("gitlab", "approval_policy: [{name: a, rules: [{type: scan_finding, scanners: [dast]}]}]\n");
  CHECK(none.kept == 1);
}

TEST_CASE("import: texts of the other file stay texts") {
  const std::string hostile = "\"x: [y]\\n# not a comment\\u202e {{ }} ' \\\" !!python\"";
  const auto imported =
      import("trivyignore-yaml", "vulnerabilities:\n  - {id: CVE-2020-1, statement: 'a: \"b\" # c'}\n");
  CHECK(load(imported.text).waivers->list.at(0).reason == "a: \"b\" # c");
  CHECK(error_of("trivyignore-yaml", "vulnerabilities: [{id: " + hostile + "}]\n").find("not allowed") !=
        std::string::npos);
  const auto plain =
      import("trivyignore", "CVE-2020-1\xE2\x80\xAE\nCVE-*\n!CVE-2020-2\n\x1b[31mCVE-2020-3\n");
  const auto policy = load(plain.text);
  REQUIRE(policy.waivers);
  CHECK(policy.waivers->list.size() == 1);
  CHECK(policy.waivers->list[0].match.check_id == std::vector<std::string>{"CVE-\\*"});
  CHECK(plain.kept == 3);
}

TEST_CASE("import: what is not of the format is an error with its place") {
  CHECK(error_of("snyk", "ignore:\n  - a\n").find("file:2:3: 'ignore' must be a map") == 0);
  CHECK(error_of("snyk", "ignore: {a: {b: c}}\n")
            .find("file:1:13: the paths of an ignored issue must be a list") == 0);
  CHECK(error_of("grype", "fail-on-severity: hihg\n").find("file:1:19: 'hihg' is no severity of Grype") == 0);
  CHECK(error_of("grype", "ignore: {}\n").find("file:1:9: 'ignore' must be a list") == 0);
  CHECK(error_of("osv-scanner", "[[IgnoredVulns]]\nid = \n").find("file:2:") == 0);
  CHECK(error_of("osv-scanner", "[[IgnoredVulns]]\nreason = \"x\"\n")
            .find("file:1:1: this entry has no 'id'") == 0);
  CHECK(error_of("osv-scanner", "id = \"a\"\nid = \"b\"\n").find("this is not TOML: ") != std::string::npos);
  CHECK(error_of("checkov-baseline", "{\"failed_checks\": [{\"file\": \"a\"}]}")
            .find("file:1:20: this file has no") == 0);
  CHECK(error_of("checkov-baseline", "[]").find("must be a map") != std::string::npos);
  CHECK(error_of("trivyignore-yaml", "vulnerabilities: [{statement: x}]\n").find("this entry has no 'id'") !=
        std::string::npos);
  CHECK(error_of("gitlab", "approval_policy: [{name: a}]\n").find("file:1:19: this policy has no 'rules'") ==
        0);
  CHECK(
      error_of("gitlab",
               "approval_policy: [{name: a, rules: [{type: scan_finding, vulnerabilities_allowed: many}]}]\n")
          .find("'vulnerabilities_allowed' must be a number") != std::string::npos);
  CHECK(error_of("trivyignore", std::string("CVE-1\nCVE-2\xff\n")).find("file:2:1: this line is no text") ==
        0);
}

TEST_CASE("import: what would accept everything is kept as a comment") {
  for (const auto& [kind, text] : std::vector<std::pair<std::string, std::string>>{
           {"grype", "ignore: [{vulnerability: CVE-1, package: {location: '**'}}]\n"},
           {"grype", "exclude: ['**/*']\n"},
           {"snyk", "exclude: {global: ['**']}\n"},
           {"trivyignore-yaml", "misconfigurations: [{id: A, paths: ['**/*', 'b']}]\n"},
           {"trivyignore-yaml", "secrets: [{id: A}]\n"}}) {
    CAPTURE(text);
    const auto imported = import(kind, text);
    CHECK(imported.kept == 1);
    const auto policy = load(imported.text);
    CHECK_FALSE(policy.waivers);
    CHECK(policy.excludes.empty());
  }
}

TEST_CASE("import: a damaged file gives an error or a policy that loads, nothing between") {
  for (const auto& sample : all_samples()) {
    const auto text = test::slurp(sample.file);
    const auto kind = policy::detect_import("file", text)->kind;
    for (std::size_t at = 0; at < text.size(); at += 7) {
      for (const auto& damaged :
           {text.substr(0, at), text.substr(0, at) + "*]."[at % 3] + text.substr(at + 1)}) {
        try {
          const auto imported = policy::import_policy(*kind, damaged, "file", now);
          if (!policy::lint(imported.text, "p").policy) FAIL_CHECK(damaged, "\ngives\n", imported.text);
        } catch (const Error& error) {
          CHECK((error.kind() == ErrorKind::input || error.kind() == ErrorKind::policy));
        }
      }
    }
  }
}

TEST_CASE("import: size, depth and number are bounded") {
  const std::string large(policy::most_import_bytes + 1, '#');
  for (const auto kind : policy::import_kind_names())
    CHECK(error_of(std::string(kind), large).find("larger than 4 MiB") != std::string::npos);
  CHECK(error_of("snyk", "ignore: " + std::string(5000, '[')) != "no error");
  CHECK(error_of("osv-scanner", "a = " + std::string(5000, '[')) != "no error");
  std::string many;
  for (std::size_t i = 0; i < 1100; ++i) many += "CVE-2020-" + std::to_string(i) + "\n";
  const auto imported = import("trivyignore", many);
  CHECK(imported.mapped == 1000);
  CHECK(imported.kept == 100);
  load(imported.text);
  for (std::size_t i = 0; i < 4000; ++i) many += "CVE-2021-" + std::to_string(i) + "\n";
  CHECK(error_of("trivyignore", many).find("file:4001:1: more than 4000 entries") == 0);
}

TEST_CASE("import: an empty file gives a policy that accepts nothing") {
  for (const auto kind : policy::import_kind_names()) {
    CAPTURE(kind);
    const auto imported =
        import(std::string(kind), kind == "trivyignore" || kind == "osv-scanner" ? "" : "{}");
    CHECK(imported.mapped + imported.kept == 0);
    const auto policy = load(imported.text);
    CHECK_FALSE(policy.rules.empty());
    CHECK_FALSE(policy.waivers);
  }
}
