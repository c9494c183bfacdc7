// The record as JSON. Facts and judgement of one thing stand together: a batch with its grade, a finding with
// its disposition. Readers of other programs should look at "format" first.
#include <algorithm>

#include "base/json_writer.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "gate/record.hpp"
#include "gate/record_names.hpp"
#include "gate/record_policy.hpp"
#include "gate/record_reference.hpp"

namespace kolega::gate {

namespace {

class RecordWriter {
 public:
  RecordWriter(const DecisionRecord& record, const WrittenPolicy* policy, std::ostream& out)
      : record_(record),
        inputs_(record.inputs),
        verdict_(record.verdict),
        policy_(policy),
        json_(out, JsonWriter::Style::pretty) {}

  void write() {
    json_.begin_object();
    json_.member("format", record_format);
    json_.key("tool").one_line().begin_object();
    json_.member("name", program_name).member("version", std::string_view(record_.tool_version)).end_object();
    json_.member("outcome", name_of(verdict_.outcome));
    json_.member("at", std::string_view(format_instant(inputs_.at)));
    json_.member("origin", word_of(origin_names, inputs_.origin));
    text("api_url", inputs_.api_url);
    write_subject();
    json_.key("scan_types").one_line().begin_array();
    for (const auto type : inputs_.scan_types) json_.value(name_of(type));
    json_.end_array();
    if (inputs_.mode_cap) json_.member("mode_cap", policy::name_of(*inputs_.mode_cap));
    write_bypass();
    json_.key("policy");
    if (policy_) {
      json_.raw(policy_->json);
    } else {
      write_policy(inputs_.policy, json_);
    }
    if (inputs_.trusted_policy) json_.member("trusted_policy", true);
    if (inputs_.head_policy) {
      json_.key("head_policy");
      write_policy(inputs_.head_policy, json_);
    }
    write_batches();
    write_gaps();
    write_files();
    write_reference(inputs_, json_);
    write_texts("notes", inputs_.notes);
    write_incomplete();
    write_after_merge();
    write_texts("notices", verdict_.notices);
    write_tally();
    write_comparison();
    write_rules();
    if (inputs_.policy && inputs_.policy->waivers) write_waivers();
    if (!inputs_.fixes.empty()) write_fixes();
    write_findings();
    json_.end_object();
    json_.finish();
  }

 private:
  /// Absent rather than empty.
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) json_.member(key, value);
  }
  void instant(std::string_view key, const std::optional<Instant>& at) {
    if (at) json_.member(key, std::string_view(format_instant(*at)));
  }
  void counts(std::string_view key, const std::array<std::uint64_t, 5>& by_severity) {
    json_.key(key).one_line().begin_object();
    for (auto severity = all_severities.rbegin(); severity != all_severities.rend(); ++severity) {
      json_.member(name_of(*severity), by_severity[index_of(*severity)]);
    }
    json_.end_object();
  }
  void write_texts(std::string_view key, const std::vector<std::string>& texts) {
    json_.key(key).begin_array();
    for (const auto& entry : texts) json_.value(std::string_view(entry));
    json_.end_array();
  }
  void list(std::string_view key, TextList words) {
    if (words.empty()) return;
    json_.key(key).begin_array();
    for (const auto word : words) json_.value(word.view());
    json_.end_array();
  }

  void write_subject() {
    const auto& subject = inputs_.subject;
    json_.key("subject").begin_object();
    text("repository_id", subject.repository_id);
    text("repository", subject.repository);
    text("branch", subject.branch);
    text("commit", subject.commit);
    text("change", subject.change);
    text("target_branch", subject.target_branch);
    text("ci", subject.ci);
    text("run_url", subject.run_url);
    text("actor", subject.actor);
    if (subject.azure) write_azure_run(*subject.azure);
    json_.end_object();
  }

  void write_azure_run(const AzureRun& run) {
    json_.key("azure").one_line().begin_object();
    text("organization", run.organization);
    text("project_id", run.project_id);
    text("definition_id", run.definition_id);
    text("definition_name", run.definition_name);
    text("phase_id", run.phase_id);
    text("phase_name", run.phase_name);
    text("ref", run.ref);
    text("build_id", run.build_id);
    json_.end_object();
  }

  /// Asked for; "instead_of" stands there when it was needed.
  void write_bypass() {
    if (!inputs_.bypass) return;
    json_.key("bypass").begin_object();
    text("reason", inputs_.bypass->reason);
    text("ticket", inputs_.bypass->ticket);
    text("actor", inputs_.subject.actor);
    if (verdict_.bypassed) json_.member("instead_of", name_of(*verdict_.bypassed));
    json_.end_object();
  }

  void write_after_merge() {
    if (!verdict_.after_merge) return;
    json_.key("after_merge").begin_object().member("outcome", name_of(verdict_.after_merge->outcome));
    write_texts("changes", verdict_.after_merge->changes);
    json_.end_object();
  }

  void write_repository(const ScanBatchRepository& repository) {
    json_.one_line().begin_object();
    json_.member("repository", std::string_view(repository.name));
    text("branch", repository.branch);
    json_.member("status", std::string_view(repository.status));
    text("status_reason", repository.status_reason);
    if (repository.findings_count) json_.member("findings_count", *repository.findings_count);
    instant("started_at", repository.started_at);
    instant("completed_at", repository.completed_at);
    json_.end_object();
  }

  void write_batch(const ScanBatch& batch, const BatchVerdict& judged) {
    json_.begin_object();
    text("batch_id", batch.id);
    text("repository_id", batch.repository_id);
    json_.member("scan_type", name_of(batch.type));
    json_.member("grade", name_of(judged.grade));
    write_texts("reasons", judged.reasons);
    json_.member("origin", word_of(batch_origin_names, batch.origin));
    json_.member("ending", word_of(ending_names, batch.ending));
    text("ending_detail", batch.ending_detail);
    text("status", batch.status);
    text("results_status", batch.results_status);
    text("error_message", batch.error_message);
    json_.member("total_repositories", batch.total_repositories).member("scans_created", batch.scans_created);
    json_.member("scans_failed", batch.scans_failed).member("scans_completed", batch.scans_completed);
    json_.member("scans_assessed", batch.scans_assessed);
    if (batch.findings_count) json_.member("findings_count", *batch.findings_count);
    json_.member("rows_received", batch.rows_received);
    instant("created_at", batch.created_at);
    instant("started_at", batch.started_at);
    instant("completed_at", batch.completed_at);
    json_.member("details_read", batch.details_read);
    text("details_error", batch.details_error);
    json_.key("join").one_line().begin_object();
    json_.member("matched", batch.join.matched).member("twins", batch.join.twins);
    json_.member("unmatched_results", batch.join.unmatched_results);
    json_.member("unmatched_findings", batch.join.unmatched_findings);
    json_.member("unmatched_active", batch.join.unmatched_active).end_object();
    write_texts("shortcomings", batch.shortcomings);
    json_.key("repositories").begin_array();
    for (const auto& repository : batch.repositories) write_repository(repository);
    json_.end_array().end_object();
  }

  void write_batches() {
    json_.key("batches").begin_array();
    for (std::size_t i = 0; i < inputs_.batches.size(); ++i)
      write_batch(inputs_.batches[i], verdict_.batches[i]);
    json_.end_array();
  }

  void write_gaps() {
    json_.key("gaps").begin_array();
    for (const auto& gap : inputs_.gaps) {
      json_.one_line().begin_object();
      json_.member("cause", name_of(gap.cause)).member("detail", std::string_view(gap.detail));
      text("hint", gap.hint);
      if (gap.scan_type) json_.member("scan_type", name_of(*gap.scan_type));
      json_.member("softenable", gap.softenable).end_object();
    }
    json_.end_array();
  }

  void write_files() {
    json_.key("files").begin_array();
    for (const auto& file : inputs_.files) {
      json_.one_line().begin_object();
      json_.member("name", std::string_view(file.name)).member("sha256", std::string_view(file.sha256));
      json_.member("format", std::string_view(file.format));
      text("tool", file.tool);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_incomplete() {
    json_.key("incomplete").begin_array();
    for (const auto& entry : verdict_.incomplete) {
      json_.one_line().begin_object();
      json_.member("cause", name_of(entry.cause)).member("detail", std::string_view(entry.detail));
      text("hint", entry.hint);
      json_.member("allowed", entry.allowed).end_object();
    }
    json_.end_array();
  }

  void write_tally() {
    const auto& tally = verdict_.tally;
    json_.key("tally").begin_object();
    json_.member("total", tally.total);
    counts("active", tally.by_severity);
    for (const auto disposition :
         {Disposition::triaged, Disposition::excluded, Disposition::waived, Disposition::duplicate}) {
      json_.member(name_of(disposition), tally.by_disposition[static_cast<std::size_t>(disposition)]);
    }
    json_.member("unknown_severity", tally.unknown_severity);
    json_.end_object();
  }

  void write_comparison() {
    if (!verdict_.comparison) return;
    const auto& comparison = *verdict_.comparison;
    json_.key("comparison").begin_object();
    json_.member("baseline", comparison.baseline);
    counts("baseline_by_severity", comparison.baseline_by_severity);
    json_.member("new", comparison.fresh);
    counts("new_by_severity", comparison.fresh_by_severity);
    json_.member("known", comparison.known).member("gone", comparison.gone);
    json_.member("renamed", comparison.renamed).member("rekeyed", comparison.rekeyed).end_object();
  }

  void write_rules() {
    json_.key("rules").begin_array();
    for (std::size_t i = 0; i < verdict_.rules.size(); ++i) {
      const auto& rule = verdict_.rules[i];
      json_.begin_object();
      json_.member("id", std::string_view(rule.id)).member("mode", policy::name_of(rule.mode));
      json_.member("state", name_of(rule.state)).member("count", rule.count);
      json_.member("limit", std::string_view(describe_limit(inputs_.policy->rules[i], rule)));
      counts("by_severity", rule.by_severity);
      if (rule.unseen > 0) json_.member("unseen", rule.unseen);
      if (rule.ratchet) json_.member("ratchet", *rule.ratchet);
      if (rule.age_unknown > 0) json_.member("age_unknown", rule.age_unknown);
      json_.key("over").one_line().begin_array();
      for (const auto severity : rule.over) json_.value(name_of(severity));
      json_.end_array();
      write_texts("needs", rule.needs);
      json_.key("findings").one_line().begin_array();
      for (const auto row : rule.counted) json_.value(row);
      json_.end_array().end_object();
    }
    json_.end_array();
  }

  std::string_view waiver_id(std::uint16_t index) const { return verdict_.waivers.at(index).id; }

  void write_waivers() {
    json_.key("waivers").begin_array();
    for (const auto& waiver : verdict_.waivers) {
      json_.begin_object();
      json_.member("id", std::string_view(waiver.id)).member("state", name_of(waiver.state));
      json_.key("findings").one_line().begin_array();
      for (const auto row : waiver.findings) json_.value(row);
      json_.end_array().end_object();
    }
    json_.end_array();
  }

  void list(std::string_view key, const std::vector<std::string>& words) {
    if (words.empty()) return;
    json_.key(key).begin_array();
    for (const auto& word : words) json_.value(std::string_view(word));
    json_.end_array();
  }

  void write_fixes() {
    json_.key("fixes").begin_array();
    for (const auto& fix : inputs_.fixes) {
      json_.one_line().begin_object();
      text("id", fix.id);
      json_.member("place", std::string_view(fix.place));
      list("finding_ids", fix.finding_ids);
      text("status", fix.status);
      text("detail", fix.detail);
      text("diff", fix.diff);
      list("pull_requests", fix.pull_requests);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_details(const FindingDetails& details) {
    json_.key("details").begin_object();
    text("id", details.id);
    text("status", details.status);
    text("title", details.title);
    text("category", details.category);
    if (details.cvss_score) json_.member("cvss_score", *details.cvss_score);
    text("cvss_vector", details.cvss_vector);
    instant("first_detected_at", details.first_detected_at);
    instant("last_detected_at", details.last_detected_at);
    list("references", details.references);
    json_.end_object();
  }

  void write_finding(const Finding& finding, const FindingVerdict& judged) {
    json_.one_line().begin_object();
    json_.member("fingerprint", finding.fingerprint.text(scratch_)).member("check_id", finding.check_id.view());
    json_.member("path", finding.path.view());
    if (finding.line > 0) json_.member("line", finding.line);
    if (finding.end_line > 0) json_.member("end_line", finding.end_line);
    if (finding.line_assigned) json_.member("line_assigned", true);
    text("line_hash", finding.line_hash);
    json_.member("severity", finding.severity_word.view()).member("message", finding.message.view());
    list("cwe", finding.cwe);
    list("owasp", finding.owasp);
    text("repository", finding.repository);
    json_.member("batch", static_cast<unsigned>(finding.batch));
    if (finding.twin_group > 0) json_.member("twin_group", finding.twin_group);
    if (finding.details) write_details(*finding.details);
    json_.key("judged").begin_object().member("severity", name_of(judged.severity));
    json_.member("disposition", name_of(judged.disposition));
    if (judged.unknown_severity) json_.member("unknown_severity", true);
    if (judged.waiver) json_.member("waiver", waiver_id(*judged.waiver));
    if (judged.expired_waiver) json_.member("expired_waiver", waiver_id(*judged.expired_waiver));
    if (judged.is_new) json_.member("new", *judged.is_new);
    if (judged.in_changed_file) json_.member("in_changed_file", *judged.in_changed_file);
    if (judged.on_changed_line) json_.member("on_changed_line", *judged.on_changed_line);
    if (judged.disposition == Disposition::excluded)
      json_.member("exclude", static_cast<unsigned>(judged.exclude));
    json_.end_object().end_object();
  }

  void write_findings() {
    json_.key("findings").begin_array();
    const auto& rows = inputs_.findings.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      write_finding(rows[i], i < verdict_.findings.size() ? verdict_.findings[i] : FindingVerdict{});
    }
    json_.end_array();
  }

  const DecisionRecord& record_;
  const Inputs& inputs_;
  const Verdict& verdict_;
  const WrittenPolicy* policy_;            ///< in place of writing it anew
  std::string scratch_;
  JsonWriter json_;
};

}  // namespace

void write_record(const DecisionRecord& record, std::ostream& out) {
  RecordWriter(record, nullptr, out).write();
}

void write_record(const DecisionRecord& record, const WrittenPolicy& policy, std::ostream& out) {
  RecordWriter(record, &policy, out).write();
}

}  // namespace kolega::gate
