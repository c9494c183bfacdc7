#include "support/hostile.hpp"

#include "support/builders.hpp"
#include "support/sample_records.hpp"

namespace kolega::test {

using namespace std::string_literals;
using gate::Inputs;

const std::vector<std::string>& all_attacks() {
  static const auto attacks = [] {
    auto out = hostile_texts();
    const std::vector<std::string> more{
        "$(touch pwned) `touch pwned` ; touch pwned",
        "a\n::error::forged\n##vso[task.complete result=Succeeded;]done\n##[error]x",
        "###[add-mask]x ####vso[task.setvariable variable=PATH]y",
        "%0A::add-mask::x%0D%25 %AZP0A##vso[x] %3A%2C%3B%5D",
        "src/a.c,title=forged,line=1::forged",
        "a;type=warning;sourcepath=b]forged",
        "\t\x0B\x0C\xC2\x85\xE2\x80\xA8::stop-commands::x",
        "EOF\nverdict=pass\nverdict<<EOF\npass\nEOF",
        "kolega_gate_\nx<<y",
        "verdict=pass",
        "@team @acme/owners #12 GH-12 !3 [vulnerability:4] &5 ~bug %v1 https://evil.test www.evil.test "
        "a@evil.test",
        "![x](https://evil.test/p.png) [y](javascript:alert(1)) <https://evil.test> [z]: https://evil.test",
        "| a | b |\n|---|---|\n# heading\n- item\n> quote\n***bold*** ~~~ <details><summary>x</summary>",
        "```\ncode\n```\n~~~\n    indented\n`` ` `` \\` \\| \\\\|",
        "<!-- --> <svg onload=alert(1)> <a href=\"javascript:alert(1)\">x</a> &lt;script&gt; <%= 1 %> {{7*7}}",
        "</code></style></script><script>alert(1)</script>",
        "-->\n<!-- kolega-gate comment: other -->",
        "' onmouseover='alert(1) \" autofocus onfocus=\"alert(1)",
        "]]>]]&gt;<!ENTITY x SYSTEM \"file:///etc/passwd\"><?xml version=\"1.0\"?><testcase/>",
        "<!DOCTYPE testsuites [<!ENTITY a \"b\">]>&a;&#0;&#xFFFE;",
        "[[ATTACHMENT|/etc/passwd]]",
        "zero\xE2\x80\x8B"
        "width\xEF\xBB\xBF soft\xC2\xADhyphen filler\xE3\x85\xA4 tag\xF3\xA0\x81\x81",
        "\xE2\x80\xAE"
        "detrevo \xE2\x81\xA6isolate\xE2\x81\xA9",
        "\x1b]8;;https://evil.test\x07link\x1b]8;;\x07 \x1b[2J\x9b"
        "31m",
        "ok\rFAIL\x08\x08\x08\x08PASS",
        "a\0b\xff\xfe\xed\xa0\x80"s,
        "..\\..\\etc\\passwd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "//server/share",
        "c:/windows",
        "file:%2F%2F/etc/passwd",
        "NaN",
        "Infinity",
        "-1e999",
        std::string(200'000, 'x'),
        std::string(3000, '@') + "all",
        std::string(4094, 'p') + "##[x]",
        std::string(397, 'q') + "\xE2\x80\xAE\xE2\x80\xAE",
        "=HYPERLINK(\"https://evil.test\")",
        "",
    };
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }();
  return attacks;
}

namespace {

template <Text Finding::*member>
void set_text(Inputs& inputs, const std::string& text) {
  inputs.findings.rows.change_all([&](Finding& row) { row.*member = inputs.findings.pool->add(text); });
}

void set_fingerprint(Inputs& inputs, const std::string& text) {
  inputs.findings.rows.change_all([&](Finding& row) { row.fingerprint = inputs.findings.pool->add_fingerprint(text); });
}

template <TextList Finding::*member>
void set_list(Inputs& inputs, const std::string& text) {
  const std::vector<std::string_view> words{text, text};
  inputs.findings.rows.change_all([&](Finding& row) { row.*member = inputs.findings.pool->add_list(words); });
}

template <class Change>
void change_details(Inputs& inputs, Change change) {
  inputs.findings.rows.change_all([&](Finding& row) {
    auto details = *row.details;
    change(details, *inputs.findings.pool);
    row.details = inputs.findings.pool->store(details);
  });
}

template <Text FindingDetails::*member>
void set_detail(Inputs& inputs, const std::string& text) {
  change_details(inputs, [&](FindingDetails& details, TextPool& pool) { details.*member = pool.add(text); });
}

void set_references(Inputs& inputs, const std::string& text) {
  const auto link = "https://example.test/" + text;
  const std::vector<std::string_view> words{text, link};
  change_details(inputs, [&](FindingDetails& details, TextPool& pool) { details.references = pool.add_list(words); });
}

template <std::string Subject::*member>
void set_subject(Inputs& inputs, const std::string& text) {
  inputs.subject.*member = text;
}

template <std::string ScanBatch::*member>
void set_batch(Inputs& inputs, const std::string& text) {
  for (auto& batch : inputs.batches) batch.*member = text;
}

/// Of the one that did not finish: what is said of the others is their name and branch.
template <std::string ScanBatchRepository::*member>
void set_repository(Inputs& inputs, const std::string& text) {
  for (auto& batch : inputs.batches) {
    for (auto& repository : batch.repositories) repository.*member = text;
  }
}

template <std::string policy::Waiver::*member>
void set_waiver(Inputs& inputs, const std::string& text) {
  for (auto& waiver : inputs.policy->waivers->list) waiver.*member = text;
}

template <std::string gate::Fix::*member>
void set_fix(Inputs& inputs, const std::string& text) {
  for (auto& fix : inputs.fixes) fix.*member = text;
}

template <std::string gate::SourceFile::*member>
void set_file(Inputs& inputs, const std::string& text) {
  for (auto& file : inputs.files) file.*member = text;
}

}  // namespace

const std::vector<HostileField>& hostile_fields() {
  static const std::vector<HostileField> fields{
      {"finding.fingerprint", set_fingerprint},
      {"finding.check_id", set_text<&Finding::check_id>},
      {"finding.path", set_text<&Finding::path>},
      {"finding.message", set_text<&Finding::message>},
      {"finding.severity", set_text<&Finding::severity_word>},
      {"finding.repository", set_text<&Finding::repository>},
      {"finding.cwe", set_list<&Finding::cwe>},
      {"finding.owasp", set_list<&Finding::owasp>},
      {"finding.line_hash", set_text<&Finding::line_hash>},
      {"details.id", set_detail<&FindingDetails::id>},
      {"details.status", set_detail<&FindingDetails::status>},
      {"details.title", set_detail<&FindingDetails::title>},
      {"details.category", set_detail<&FindingDetails::category>},
      {"details.cvss_vector", set_detail<&FindingDetails::cvss_vector>},
      {"details.references", set_references},
      {"subject.repository_id", set_subject<&Subject::repository_id>},
      {"subject.repository", set_subject<&Subject::repository>},
      {"subject.branch", set_subject<&Subject::branch>},
      {"subject.commit", set_subject<&Subject::commit>},
      {"subject.change", set_subject<&Subject::change>},
      {"subject.target_branch", set_subject<&Subject::target_branch>},
      {"subject.ci", set_subject<&Subject::ci>},
      {"subject.run_url", set_subject<&Subject::run_url>},
      {"subject.actor", set_subject<&Subject::actor>},
      {"subject.azure", [](Inputs& in, const std::string& t) { in.subject.azure = AzureRun{t, t, t, t, t, t, t, t}; }},
      {"batch.id", set_batch<&ScanBatch::id>},
      {"batch.repository_id", set_batch<&ScanBatch::repository_id>},
      {"batch.status", set_batch<&ScanBatch::status>},
      {"batch.results_status", set_batch<&ScanBatch::results_status>},
      {"batch.error_message", set_batch<&ScanBatch::error_message>},
      {"batch.ending_detail", set_batch<&ScanBatch::ending_detail>},
      {"scan.name", set_repository<&ScanBatchRepository::name>},
      {"scan.branch", set_repository<&ScanBatchRepository::branch>},
      {"scan.status", set_repository<&ScanBatchRepository::status>},
      {"scan.status_reason", set_repository<&ScanBatchRepository::status_reason>},
      {"policy.name", [](Inputs& in, const std::string& t) { in.policy->name = t; }},
      {"policy.source", [](Inputs& in, const std::string& t) { in.policy->sources = {{t, t}}; }},
      {"rule.id", [](Inputs& in, const std::string& t) { for (auto& rule : in.policy->rules) rule.id += t; }},
      {"rule.why", [](Inputs& in, const std::string& t) { for (auto& rule : in.policy->rules) rule.why = t; }},
      {"rule.place", [](Inputs& in, const std::string& t) { for (auto& rule : in.policy->rules) rule.pos = {t, 3, 4}; }},
      {"exclude.reason", [](Inputs& in, const std::string& t) { for (auto& one : in.policy->excludes) one.reason = t; }},
      {"exclude.paths", [](Inputs& in, const std::string& t) { for (auto& one : in.policy->excludes) one.paths.push_back(t); }},
      {"waiver.id", set_waiver<&policy::Waiver::id>},
      {"waiver.owner", set_waiver<&policy::Waiver::owner>},
      {"waiver.reason", set_waiver<&policy::Waiver::reason>},
      {"waiver.ticket", set_waiver<&policy::Waiver::ticket>},
      {"waiver.justification", set_waiver<&policy::Waiver::justification>},
      {"gap.detail", [](Inputs& in, const std::string& t) { for (auto& gap : in.gaps) gap.detail = t; }},
      {"gap.hint", [](Inputs& in, const std::string& t) { for (auto& gap : in.gaps) gap.hint = t; }},
      {"baseline.origin", [](Inputs& in, const std::string& t) { in.baseline->origin = t; }},
      {"bypass.reason", [](Inputs& in, const std::string& t) { in.bypass = {.reason = t}; }},
      {"bypass.ticket", [](Inputs& in, const std::string& t) { in.bypass = {.reason = "urgent", .ticket = t}; }},
      {"fix.place", set_fix<&gate::Fix::place>},
      {"fix.id", set_fix<&gate::Fix::id>},
      {"fix.status", set_fix<&gate::Fix::status>},
      {"fix.detail", set_fix<&gate::Fix::detail>},
      {"fix.diff", set_fix<&gate::Fix::diff>},
      {"fix.pull_requests", [](Inputs& in, const std::string& t) { for (auto& fix : in.fixes) fix.pull_requests = {t, "https://example.test/" + t}; }},
      {"file.name", set_file<&gate::SourceFile::name>},
      {"file.sha256", set_file<&gate::SourceFile::sha256>},
      {"file.format", set_file<&gate::SourceFile::format>},
      {"file.tool", set_file<&gate::SourceFile::tool>},
      {"note", [](Inputs& in, const std::string& t) { in.notes = {t}; }},
      {"api_url", [](Inputs& in, const std::string& t) { in.api_url = t; }},
  };
  return fields;
}

gate::Inputs full_inputs() {
  auto builder = record();
  builder.rule(rule("serious").severity({Severity::high, Severity::critical}).most(0).why("because"));
  builder.exclude({"fixtures/**"}, "fixtures");
  builder.waiver({.id = "W-1", .owner = "a", .reason = "b", .ticket = "c", .justification = "d"});
  builder.inputs().policy->waivers->list[0].match.fingerprint = {"fp-low"};
  auto batch = complete_batch(ScanType::semgrep_scan, "batch-1");
  batch.repositories = {{.name = "acme/app", .branch = "main", .status = "succeeded"},
                        {.name = "acme/lib", .branch = "main", .status = "failed", .status_reason = "no clone"}};
  builder.batch(std::move(batch));
  for (const auto* severity : {"high", "critical", "low"}) {
    builder.finding(finding("fp-" + std::string(severity)).severity(severity).lines(3));
  }
  builder.gap({.cause = Cause::api, .detail = "the API is gone", .hint = "wait"});
  auto& inputs = builder.inputs();
  inputs.baseline = {.entries = {{.scan_type = ScanType::semgrep_scan, .fingerprint = "fp-gone", .path = "a"}},
                     .origin = "file:b.json",
                     .sha256 = std::string(64, 'b')};
  inputs.fixes = {{.place = "src/app.py",
                   .finding_ids = {"id-fp-high"},
                   .id = "fix-1",
                   .status = "completed",
                   .detail = "done",
                   .diff = "fixes/1.patch",
                   .pull_requests = {"https://example.test/1"}}};
  inputs.files = {{"a.sarif", std::string(64, 'a'), "sarif", "tool 1"}};
  return inputs;
}

gate::DecisionRecord decide_full(const gate::Inputs& inputs) {
  auto record = gate::decide(inputs);
  record.tool_version = "0.1.0";
  return record;
}

gate::DecisionRecord hostile_record(const std::string& text) {
  auto inputs = full_inputs();
  // The words of severity and status decide what is shown at all; each is attacked by itself.
  for (const auto& field : hostile_fields()) {
    if (field.name != "finding.severity" && field.name != "scan.status" && !field.name.starts_with("bypass."))
      field.set(inputs, text);
  }
  return decide_full(inputs);
}

}  // namespace kolega::test
