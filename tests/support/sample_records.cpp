#include "support/sample_records.hpp"

#include <stdexcept>

#include "support/builders.hpp"

namespace kolega::test {

namespace {

const std::vector<Severity> serious{Severity::high, Severity::critical};

RuleBuilder serious_rule() {
  return rule("serious").severity(serious).most(0).why("a serious finding is an incident, not a debt");
}

ScanBatch timed(ScanType type, std::string id) {
  auto batch = complete_batch(type, std::move(id));
  batch.started_at = parse_instant("2026-11-23T11:50:00Z");
  batch.completed_at = parse_instant("2026-11-23T11:52:03.5Z");
  return batch;
}

ScanBatch failed_repository(ScanBatch batch, std::string name, std::string reason) {
  batch.status = batch.results_status = "partial_failure";
  ++batch.total_repositories;
  ++batch.scans_created;
  ++batch.scans_failed;
  batch.repositories.push_back(
      {.name = std::move(name), .branch = "main", .status = "failed", .status_reason = std::move(reason)});
  return batch;
}

gate::DecisionRecord pass() {
  auto builder = record();
  builder.rule(serious_rule()).batch(timed(ScanType::semgrep_scan, "b-sast"));
  builder.finding(
      finding("f-low").severity("low").check("python.assert").lines(7).message("Assert is no check."));
  return builder.decide();
}

/// Every disposition, twins, two severities of one check, a rule with limits a severity, excludes seen
/// through.
gate::DecisionRecord fail() {
  auto builder = record();
  builder.rule(rule("secrets").scan_type(ScanType::secrets_scan).most(0).not_waivable());
  builder.rule(serious_rule());
  builder.rule(rule("debt").most(Severity::high, 2).most(Severity::medium, 1).mode(policy::Mode::warn));
  builder.exclude({"tests/**"}, "fixtures");
  builder.batch(timed(ScanType::secrets_scan, "b-secrets")).batch(timed(ScanType::semgrep_scan, "b-sast"));
  builder.inputs().subject.run_url = "https://ci.example.com/runs/17";
  builder.finding(
      finding("f-key").check("generic-api-key").path("tests/key.pem").severity("critical").message("A key."));
  const auto sast = [](std::string fingerprint) { return finding(std::move(fingerprint)).batch(1); };
  builder.finding(
      sast("f-sqli-1").severity("critical").lines(12, 14).cwe({"CWE-89"}).owasp({"A03:2021"}).cvss(9.8F));
  builder.finding(
      sast("f-sqli-2").severity("medium").path("src/b.py").lines(3).cwe({"CWE-89"}).owasp({"A03:2021"}));
  for (const auto* twin : {"f-twin-1", "f-twin-2"}) {
    builder.finding(sast(twin)
                        .check("python.debug")
                        .path("src/c.py")
                        .lines(twin[7] == '1' ? 5 : 9)
                        .twin(1)
                        .message("Debug mode is on.")
                        .title("Debug mode enabled")
                        .cwe({"489"}));
  }
  builder.finding(sast("f-fixture").path("tests/sqli.py").lines(1));
  builder.finding(sast("f-triaged").path("src/d.py").status("false_positive"));
  builder.finding(sast("f-triaged").path("src/d.py").status("false_positive"));
  builder.finding(sast("f-odd").severity("catastrophic").path("src/e.py"));
  builder.finding(sast("f-info").severity("info").check("python.todo").path("").message(""));
  return builder.decide();
}

gate::DecisionRecord warn() {
  auto builder = record();
  builder.rule(serious_rule().mode(policy::Mode::warn)).batch(timed(ScanType::semgrep_scan, "b-sast"));
  builder.finding(finding("f-1").lines(12));
  return builder.decide();
}

gate::DecisionRecord incomplete() {
  auto builder = record();
  builder.rule(serious_rule()).rule(rule("secrets").scan_type(ScanType::secrets_scan).most(0));
  builder.batch(timed(ScanType::secrets_scan, "b-secrets"));
  auto running = complete_batch(ScanType::semgrep_scan, "b-slow");
  running.status = "scanning";
  running.ending = BatchEnding::timeout;
  running.ending_detail = "still running after 30m";
  builder.batch(running);
  builder.gap({.cause = Cause::context,
               .detail = "the finding list could not be read: 503 Service Unavailable",
               .hint = "run again; attach with --scan-id b-slow",
               .scan_type = ScanType::semgrep_scan});
  return builder.decide();
}

gate::DecisionRecord allowed_incomplete() {
  auto builder = record();
  builder.rule(serious_rule()).allow(Cause::partial);
  builder.batch(
      failed_repository(timed(ScanType::semgrep_scan, "b-sast"), "acme/lib", "clone failed: timeout"));
  builder.finding(finding("f-medium").severity("medium").lines(4));
  return builder.decide();
}

gate::DecisionRecord many_repositories() {
  auto builder = record();
  builder.rule(serious_rule());
  auto batch = timed(ScanType::semgrep_scan, "b-legacy");
  for (int i = 1; i <= 8; ++i) {
    batch = failed_repository(std::move(batch), "acme/service-" + std::to_string(i),
                              i % 2 == 0 ? "" : "no access");
  }
  builder.batch(std::move(batch));
  builder.finding(finding("f-1").lines(12));
  return builder.decide();
}

policy::Waiver waiver_until(std::string id, std::string fingerprint, std::string_view day) {
  policy::Waiver waiver{.id = std::move(id), .owner = "payments-team", .reason = "an enum, checked before"};
  waiver.match.fingerprint = {std::move(fingerprint)};
  waiver.ticket = "SEC-2114";
  waiver.until = *parse_date(day) + std::chrono::days{1};
  return waiver;
}

/// Each state of a waiver: used, expired, unused, soon to end.
gate::DecisionRecord waived() {
  auto builder = record();
  builder.rule(serious_rule()).batch(timed(ScanType::semgrep_scan, "b-sast"));
  builder.waiver(waiver_until("W-1", "f-waived", "2027-01-31"))
      .waiver(waiver_until("W-2", "f-expired", "2026-11-22"));
  builder.waiver(waiver_until("W-3", "f-gone", "2027-01-31"))
      .waiver(waiver_until("W-4", "f-soon", "2026-11-30"));
  builder.finding(finding("f-waived").lines(12));
  builder.finding(finding("f-expired").path("src/b.py").lines(3));
  builder.finding(finding("f-soon").path("src/c.py").lines(4));
  return builder.decide();
}

/// The run ended before there was a policy or a batch.
gate::DecisionRecord empty() {
  auto builder = record();
  builder.inputs().policy.reset();
  builder.inputs().subject = {};
  builder.gap({.cause = Cause::auth,
               .detail = "GET /me: 401 Unauthorized",
               .hint = "set KOLEGA_TOKEN to a valid key",
               .softenable = false});
  return builder.decide();
}

gate::DecisionRecord sandbox() {
  auto builder = record();
  builder.rule(serious_rule()).batch(timed(ScanType::semgrep_scan, "b-sandbox"));
  builder.inputs().origin = gate::Origin::sandbox;
  builder.inputs().notes = {"scan types from the policy"};
  return builder.decide();
}

/// Against a baseline, in a merge request: one finding is new, one is known, one is gone; a ratchet that may
/// be tightened; one rule asks for changed lines.
gate::DecisionRecord baseline() {
  auto builder = record();
  auto only_new = serious_rule().build();
  only_new.id = "nothing-new";
  only_new.scope = policy::Scope::new_findings;
  policy::Rule ratchet{.id = "never-worse", .limit = policy::Ratchet{}};
  policy::Rule touched{
      .id = "touched-lines", .scope = policy::Scope::changed_lines, .mode = policy::Mode::warn};
  auto& inputs = builder.inputs();
  inputs.policy->rules = {only_new, ratchet, touched};
  inputs.policy->baseline = {.from = policy::BaselineSettings::From::file, .name = ".kolega/baseline.json"};
  inputs.subject.change = "17";
  builder.batch(timed(ScanType::semgrep_scan, "b-sast"));
  builder.finding(finding("f-new").lines(12))
      .finding(finding("f-known").path("src/b.py").severity("medium").lines(3));
  const auto entry = [](const char* fingerprint, const char* path, Severity severity) {
    return BaselineEntry{.scan_type = ScanType::semgrep_scan,
                         .fingerprint = fingerprint,
                         .path = path,
                         .check_id = "python.sqli",
                         .severity = severity,
                         .message_sha256 = "0123456789abcdef"};
  };
  inputs.baseline = {
      .entries = {entry("f-gone-1", "src/c.py", Severity::high), entry("f-gone-2", "src/c.py", Severity::low),
                  entry("f-known", "src/b.py", Severity::medium)},
      .origin = "file:.kolega/baseline.json",
      .sha256 = std::string(64, 'b')};
  inputs.changes = {.files = {{.path = "src/app.py", .lines = {{10, 12}}}},
                    .origin = "git diff origin/main...HEAD",
                    .sha256 = std::string(64, 'd')};
  return builder.decide();
}

/// After run --fix=pr: one fix with a saved patch and a pull request, one that failed, one that was not
/// begun.
gate::DecisionRecord fixed() {
  auto builder = record();
  builder.rule(serious_rule()).batch(timed(ScanType::semgrep_scan, "b-sast"));
  const auto add = [&](const std::string& id, const std::string& path) {
    builder.finding(finding("f-" + id).path(path).lines(7));
  };
  add("one", "src/a.c");
  add("two", "src/a.c");
  add("three", "src/b.c");
  add("four", "src/c.c");
  builder.inputs().subject.repository_id = "r1";
  builder.inputs().fixes = {
      {.place = "src/a.c",
       .finding_ids = {"id-f-one", "id-f-two"},
       .id = "fix-1",
       .status = "completed",
       .diff = "fixes/fix-1.patch",
       .pull_requests = {"https://git.example.com/acme/payments/pull/7"}},
      {.place = "src/b.c",
       .finding_ids = {"id-f-three"},
       .id = "fix-2",
       .status = "failed",
       .detail = "the tests do not pass"},
      {.place = "src/c.c", .finding_ids = {"id-f-four"}, .detail = "the quota 'prs' is used up"}};
  return builder.decide();
}

/// Every text from outside, hostile; in all fields at once.
gate::DecisionRecord hostile() {
  auto builder = record();
  const auto& texts = hostile_texts();
  const auto pick = [&](std::size_t i) { return texts[i % texts.size()]; };
  builder.rule(serious_rule())
      .rule(rule("##vso[task.complete]|<b>").most(3).mode(policy::Mode::warn).why(pick(1)));
  builder.inputs().policy->name = "::warning::`name`";
  builder.inputs().subject.repository = "acme/<script>@all";
  builder.inputs().subject.run_url = "javascript:alert(1)";
  builder.inputs().subject.commit = "abc`|<b>";
  auto batch = failed_repository(timed(ScanType::semgrep_scan, "b`|<i>##[x]"), pick(0), pick(1));
  batch.error_message = pick(2);
  builder.batch(std::move(batch));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    builder.finding(finding("fp" + std::to_string(i) + pick(i + 3))
                        .check(pick(i))
                        .path(pick(i + 1))
                        .message(pick(i + 2))
                        .title(pick(i + 4))
                        .cwe({"CWE-79<b>", pick(i)})
                        .owasp({pick(i)})
                        .lines(1));
  }
  builder.waiver(
      {.id = "W`|<b>", .owner = pick(2), .reason = pick(8), .ticket = pick(9), .justification = pick(3)});
  builder.inputs().policy->waivers->list[0].match.fingerprint = {"fp0" + pick(3)};
  builder.gap({.cause = Cause::api, .detail = pick(5), .hint = pick(6)});
  builder.inputs().baseline = {
      .entries = {{.scan_type = ScanType::semgrep_scan, .fingerprint = pick(0), .path = pick(10)}},
      .origin = pick(0) + pick(3),
      .sha256 = std::string(64, 'b')};
  builder.inputs().fixes = {{.place = pick(8),
                             .finding_ids = {"id-fp0" + pick(3)},
                             .id = pick(9),
                             .status = pick(0),
                             .detail = pick(3),
                             .diff = pick(2),
                             .pull_requests = {"javascript:alert(1)", pick(9)}}};
  return builder.decide();
}

}  // namespace

const std::vector<std::string>& hostile_texts() {
  using namespace std::string_literals;
  static const std::vector<std::string> texts{
      "::error file=a,line=1::forged",
      "\xC2\xA0\xE3\x80\x80::set-output name=x::y",
      "a ##[error]b ##vso[task.setvariable variable=x]y ##VSO[z",
      "]]> <script>alert(1)</script> & \"quotes\" 'single'",
      "line one\nPASSED line two\r\nline three\x1b[32mgreen\x1b[0m\x07\x08",
      "nul\0byte, c1 \xC2\x9B, del \x7F"s,
      "bidi \xE2\x80\xAE"
      "txt.exe\xE2\x80\xAC, separators \xE2\x80\xA8\xE2\x80\xA9",
      "nonchar \xEF\xBF\xBE\xEF\xBF\xBF, lone surrogate \xED\xA0\x80, bad \xFF\xC0\xAF",
      "| pipe ` tick ``` fence @octocat #1 !2 ~label ![i](http://x/y.png) <img src=x>",
      "[click](javascript:alert(1)) \\[x\\](http://evil.example)",
      "../../etc/passwd",
      "%2e%2e/%2E%2E/etc",
      "a/%252e%252e/b",
      "C:\\Windows\\system32",
      "\\\\server\\share\\x",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "/etc/passwd",
      "src/a b#c?d%20e\xC3\xA9.py",
      "app/[id]/(group)/@slot/page.tsx",
  };
  return texts;
}

std::vector<Sample> sample_records() {
  return {{"pass", pass()},
          {"fail", fail()},
          {"warn", warn()},
          {"waived", waived()},
          {"baseline", baseline()},
          {"incomplete", incomplete()},
          {"allowed_incomplete", allowed_incomplete()},
          {"many_repositories", many_repositories()},
          {"empty", empty()},
          {"sandbox", sandbox()},
          {"fixed", fixed()},
          {"hostile", hostile()}};
}

gate::DecisionRecord sample_record(const std::string& name) {
  for (auto& sample : sample_records()) {
    if (sample.name == name) return sample.record;
  }
  throw std::runtime_error("no sample record " + name);
}

}  // namespace kolega::test
