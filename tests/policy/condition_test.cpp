#include "policy/condition.hpp"

#include <doctest/doctest.h>

#include "policy/load.hpp"

using namespace kolega;
using policy::Condition;
using policy::Facts;
using policy::Match;

namespace {

bool matches(const Condition& wanted, const Facts& of) {
  return match(wanted, of) == Match::yes;
}

Condition condition(const std::string& text) {
  std::vector<Diagnostic> remarks;
  auto out = policy::parse_condition(yaml::parse(text, "when"), remarks);
  CAPTURE(text);
  for (const auto& remark : remarks) CAPTURE(remark.message);
  REQUIRE(remarks.empty());
  return out;
}

const std::vector<int> cwe{79, 89};

/// A finding with every fact set, to be changed by one field at a time.
Facts facts() {
  return {.severity = Severity::high,
          .scan_type = ScanType::semgrep_scan,
          .check_id = "python.flask.xss",
          .path = "src/app/view.py",
          .cwe = &cwe,
          .fingerprint = "5f0c",
          .status = TriageStatus::open,
          .cvss = 9.1,
          .category = "injection",
          .age = std::chrono::hours{24 * 30},
          .repository = "acme/app"};
}

}  // namespace

TEST_CASE("conditions: severity as list and as bound") {
  const auto severities = [](const std::string& text) {
    std::string out;
    for (const auto severity : all_severities) {
      auto f = facts();
      f.severity = severity;
      if (matches(condition("{severity: " + text + "}"), f)) out += std::string(name_of(severity)) + " ";
    }
    return out;
  };
  CHECK(severities("[high, info]") == "info high ");
  CHECK(severities("\">=high\"") == "high critical ");
  CHECK(severities("'> high'") == "critical ");
  CHECK(severities("<medium") == "info low ");
  CHECK(severities("<=medium") == "info low medium ");
  CHECK(severities("\">=info\"") == "info low medium high critical ");
}

TEST_CASE("conditions: each key alone") {
  const auto holds = [](const std::string& text) { return matches(condition(text), facts()); };
  CHECK(holds("{scan_type: [semgrep, secrets]}"));
  CHECK(holds("{scan_type: semgrep_scan}"));
  CHECK_FALSE(holds("{scan_type: [secrets]}"));
  CHECK(holds("{check_id: [nothing, python.*.xss]}"));
  CHECK_FALSE(holds("{check_id: python.flask}"));
  CHECK(holds("{path: [\"src/**\"]}"));
  CHECK(holds("{path: [\"!tests/**\"]}"));
  CHECK_FALSE(holds("{path: [\"src/**\", \"!src/app/**\"]}"));
  CHECK(holds("{cwe: [79]}"));
  CHECK(holds("{cwe: 89}"));
  CHECK_FALSE(holds("{cwe: [78, 7]}"));
  CHECK(holds("{status: [open, resolved]}"));
  CHECK_FALSE(holds("{status: [ignored]}"));
}

TEST_CASE("conditions: what the server knows") {
  const auto holds = [](const std::string& text) { return matches(condition(text), facts()); };
  CHECK(holds("{cvss: \">=9.1\"}"));
  CHECK(holds("{cvss: \"> 9\"}"));
  CHECK_FALSE(holds("{cvss: \">9.1\"}"));
  CHECK(holds("{cvss: \"<=9.1\"}"));
  CHECK_FALSE(holds("{cvss: \"<9.1\"}"));
  CHECK(holds("{category: [\"inj*\"]}"));
  CHECK_FALSE(holds("{category: [inj]}"));
  CHECK(holds("{age: \">=30d\"}"));
  CHECK_FALSE(holds("{age: \">30d\"}"));
  CHECK(holds("{age: \"<31d\"}"));
  CHECK(holds("{fingerprint: [x, 5f0c]}"));
  CHECK_FALSE(holds("{fingerprint: 5f0}"));
  CHECK(holds("{repository: \"acme/*\"}"));
  CHECK_FALSE(holds("{repository: [app, other/app]}"));
}

TEST_CASE("conditions: a fact that is not known leaves the answer open only where it decides") {
  auto f = facts();
  f.status.reset();
  f.cvss.reset();
  f.category.reset();
  f.age.reset();
  f.repository.reset();
  const auto answer = [&](const std::string& text) { return match(condition(text), f); };
  for (const auto* text : {"{status: [open]}", "{cvss: \">=1\"}", "{category: x}", "{age: \">1d\"}",
                           "{repository: x}", "{not: {cvss: \">=1\"}}"}) {
    CAPTURE(text);
    CHECK(answer(text) == Match::unseen);
  }
  CHECK(answer("{cvss: \">=1\", severity: [low]}") == Match::no);
  CHECK(answer("{any: [{cvss: \">=1\"}, {severity: [high]}]}") == Match::yes);
  CHECK(answer("{any: [{cvss: \">=1\"}, {severity: [low]}]}") == Match::unseen);
  CHECK(answer("{not: {any: [{cvss: \">=1\"}, {severity: [high]}]}}") == Match::no);
  f.category = "";
  CHECK(answer("{category: \"*\"}") == Match::yes);
  CHECK(answer("{category: x}") == Match::no);
}

TEST_CASE("conditions: missing facts do not match") {
  auto f = facts();
  f.cwe = nullptr;
  f.status = std::nullopt;
  f.path = "";
  CHECK_FALSE(matches(condition("{cwe: [79]}"), f));
  CHECK_FALSE(matches(condition("{owasp: [A03]}"), f));
  for (const auto* status : {"open", "resolved", "ignored", "false_positive", "needs_manual_review"}) {
    CHECK_FALSE(matches(condition("{status: [" + std::string(status) + "]}"), f));
  }
  CHECK_FALSE(matches(condition("{path: [\"**/*.py\"]}"), f));
}

TEST_CASE("conditions: an OWASP category is the part before the colon") {
  TextPool pool;
  const auto holds = [&](const std::string& wanted, std::string_view tag) {
    auto f = facts();
    const std::vector<std::string_view> tags{"A99:2021", tag};
    f.owasp = pool.intern_list(tags);
    return matches(condition("{owasp: [\"" + wanted + "\"]}"), f);
  };
  CHECK(holds("A03", "A03:2021"));
  CHECK(holds("A03", "A03:2021 - Injection"));
  CHECK(holds("a03", "A03"));
  CHECK(holds("A03:2021", "A03:2021-Injection"));
  CHECK_FALSE(holds("A03", "A031"));
  CHECK_FALSE(holds("A03:2021", "A03:2017"));
  CHECK_FALSE(holds("A03:2021", "A03"));
  CHECK_FALSE(holds("API1", "API10:2023"));
}

TEST_CASE("conditions: keys are ANDed, list values ORed, any and not nest") {
  const auto holds = [](const std::string& text) { return matches(condition(text), facts()); };
  CHECK(holds("{severity: [high], cwe: [79]}"));
  CHECK_FALSE(holds("{severity: [high], cwe: [1]}"));
  CHECK(holds("{any: [{cwe: [1]}, {check_id: \"python.**\"}]}"));
  CHECK_FALSE(holds("{any: [{cwe: [1]}, {check_id: java.*}]}"));
  CHECK_FALSE(holds("{severity: [low], any: [{cwe: [79]}]}"));
  CHECK(holds("{not: {cwe: [1]}}"));
  CHECK_FALSE(holds("{not: {cwe: [79], severity: [high]}}"));
  CHECK(holds("{not: {cwe: [79], severity: [low]}}"));
  CHECK(holds("{not: {any: [{cwe: [1]}, {not: {severity: [high]}}]}}"));
  CHECK(matches(Condition{}, facts()));
}

TEST_CASE("conditions: what they need") {
  CHECK_FALSE(needs_details(condition("{severity: [high], cwe: [79], any: [{path: [a]}]}")));
  CHECK(needs_details(condition("{status: [open]}")));
  CHECK(needs_details(condition("{cvss: \">=9\"}")));
  CHECK(needs_details(condition("{not: {age: \">9d\"}}")));
  CHECK_FALSE(needs_details(condition("{fingerprint: x}")));
  CHECK(needs_details(condition("{any: [{cwe: [1]}, {not: {status: [open]}}]}")));

  using Types = std::vector<ScanType>;
  CHECK(scan_types_of(Condition{}).empty());
  CHECK(scan_types_of(condition("{scan_type: [sbom, secrets]}")) ==
        Types{ScanType::sbom_scan, ScanType::secrets_scan});
  CHECK(scan_types_of(condition("{any: [{scan_type: [sbom]}, {scan_type: [secrets], cwe: [1]}]}")) ==
        Types{ScanType::sbom_scan, ScanType::secrets_scan});
  CHECK(scan_types_of(condition("{any: [{scan_type: [sbom]}, {cwe: [1]}]}")).empty());
  CHECK(scan_types_of(condition("{scan_type: [sbom, secrets], any: [{scan_type: [sbom]}]}")) ==
        Types{ScanType::sbom_scan});
  CHECK(scan_types_of(condition("{not: {scan_type: [sbom]}}")).empty());
  // Never "every type" by accident: what contradicts itself still waits for what it names.
  CHECK_FALSE(scan_types_of(condition("{scan_type: [secrets], any: [{scan_type: [sbom]}]}")).empty());
}

TEST_CASE("conditions: in words") {
  CHECK(describe(Condition{}) == "every finding");
  CHECK(describe(condition("{severity: \">=high\", path: [\"src/**\"]}")) ==
        "severity high or critical, path src/**");
  CHECK(describe(condition("{cwe: [79, 89, 22], owasp: [A03]}")) == "CWE-79, CWE-89 or CWE-22, OWASP A03");
  CHECK(describe(condition("{any: [{scan_type: secrets}, {status: open}], not: {check_id: x}}")) ==
        "(scan type secrets_scan) or (status open), not (check x)");
}

TEST_CASE("conditions: the canonical form reads back to itself") {
  for (const auto* text :
       {"{severity: \">=high\"}", "{severity: [low, info]}", "{scan_type: [sbom, deep-ai]}",
        "{check_id: [a.*, \"1\"]}", "{path: [\"src/**\", \"!src/x\"]}", "{cwe: [79, 1]}", "{cvss: \">= 9\"}",
        "{age: \"<36h\", category: [a, b]}", "{fingerprint: [\"12\", x], repository: a/b}",
        "{owasp: [A03, \"A01:2021\"]}", "{status: [open]}",
        "{any: [{cwe: [1]}, {severity: [low], not: {path: [x]}}]}", "{not: {any: [{status: resolved}]}}",
        "{severity: [high], scan_type: [secrets], check_id: x, path: y, cwe: 5, owasp: B2, status: "
        "ignored}"}) {
    CAPTURE(text);
    const auto once = condition(text);
    const auto canonical = yaml::write(to_node(once));
    CHECK(yaml::write(to_node(condition(canonical))) == canonical);
    CHECK(describe(condition(canonical)) == describe(once));
  }
  CHECK(policy::condition_keys() ==
        std::vector<std::string_view>{"severity", "cvss", "scan_type", "check_id", "category", "path", "cwe",
                                      "owasp", "status", "age", "fingerprint", "repository", "any", "not"});
}

TEST_CASE("conditions: an OWASP category that no tag can have is an error") {
  const auto remarks_on = [](const std::string& category) {
    std::vector<Diagnostic> remarks;
    policy::parse_condition(yaml::parse("{owasp: [\"" + category + "\"]}", "when"), remarks);
    return remarks.size();
  };
  for (const auto* good : {"A03", "a10", "A03:2021", "A01:2025", "API1:2023", "LLM01:2025", "M1", "CICD-SEC-1", "B2"}) {
    CAPTURE(good);
    CHECK(remarks_on(good) == 0);
  }
  for (const auto* bad : {"A3", "A11", "A00", "A003", "A3:2021", "A:2021", "injection", "A", "2021", ""}) {
    CAPTURE(bad);
    CHECK(remarks_on(bad) == 1);
  }
}
