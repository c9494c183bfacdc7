// SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. What GitHub makes of it:
// https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <ostream>
#include <tuple>

#include "base/digest.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"
#include "report/escape.hpp"
#include "report/fixes.hpp"
#include "report/formats.hpp"
#include "report/sarif_rules.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

constexpr std::string_view schema = "https://json.schemastore.org/sarif-2.1.0.json";
constexpr std::string_view home = "https://kolega.dev/";
/// GitHub keeps the 5,000 most severe results of a run and refuses a run of more than 25,000.
constexpr std::size_t most_github_results = 5000;
constexpr std::size_t longest_message = 8000;

std::string text_of(std::string_view text) {
  return sarif_text(cut(text, longest_message));
}

bool is_complete(const gate::DecisionRecord& record) {
  return record.verdict.incomplete.empty() && record.verdict.outcome != gate::Outcome::incomplete &&
         record.verdict.outcome != gate::Outcome::allowed_incomplete;
}

/// Kolega's fingerprints are SHA-256: a part of one tells findings apart as well as a digest of it would.
constexpr std::size_t sha256_digits = 64;

class SarifReport {
 public:
  SarifReport(const gate::DecisionRecord& record, SarifProfile profile, std::ostream& out,
              const SarifRun* part = nullptr)
      : record_(record),
        profile_(profile),
        part_(part),
        weights_(weights(record)),
        rows_(part ? part->rows : choose_rows()),
        rules_(record, rows_, profile),
        bits_(counting_rules(record)),
        fixes_(record),
        json_(out, JsonWriter::Style::pretty),
        rule_heads_(rules_.size()) {}

  void write() {
    json_.begin_object().member("$schema", schema).member("version", "2.1.0");
    json_.key("runs").begin_array();
    write_run();
    json_.end_array().end_object().finish();
  }

  void write_run() {
    json_.begin_object();
    write_tool();
    if (part_) write_provenance();
    write_automation();
    write_invocation();
    json_.member("columnKind", "utf16CodeUnits");
    json_.key("results").begin_array();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i + ahead < rows_.size()) prefetch(rows_[i + ahead]);
      write_result(i);
    }
    json_.end_array();
    write_properties();
    json_.end_object();
    if (part_) json_.finish();
  }

 private:
  /// Rows are in the order of paths, their texts in the order in which they came.
  static constexpr std::size_t ahead = 8;
  void prefetch(std::uint32_t row) const {
    const auto& rows = record_.inputs.findings.rows;
    rows.path(row).prefetch();
    rows.fingerprint(row).prefetch();
    rows.message(row).prefetch();
  }
  Finding finding(std::uint32_t row) const { return record_.inputs.findings.rows[row]; }

  /// Triaged, excluded and waived findings are results with suppressions. GitHub does not read those and
  /// would open alerts.
  bool is_shown(std::uint32_t row) const {
    if (weights_[row] == Weight::duplicate) return false;
    return profile_ != SarifProfile::github || weights_[row] < Weight::triaged;
  }

  std::vector<std::uint32_t> choose_rows() {
    std::vector<std::uint32_t> rows;
    if (profile_ == SarifProfile::github) {
      rows = sorted_rows(record_, false);
      std::erase_if(rows, [&](std::uint32_t row) { return !is_shown(row); });
    } else {
      rows.reserve(weights_.size());
      for (std::uint32_t row = 0; row < weights_.size(); ++row) {
        if (is_shown(row)) rows.push_back(row);
      }
    }
    if (profile_ == SarifProfile::github && !part_ && rows.size() > most_github_results) {
      over_limit_ = rows.size() - most_github_results;
      rows.resize(most_github_results);
    }
    return rows;
  }

  void write_tool() {
    json_.key("tool").begin_object().key("driver").begin_object();
    json_.member("name", program_name)
        .member("fullName", std::string(program_name) + " " + record_.tool_version);
    json_.member("organization", "Kolega").member("version", record_.tool_version);
    json_.member("semanticVersion", record_.tool_version).member("informationUri", home);
    rules_.write(json_);
    json_.end_object().end_object();
  }

  /// GitHub reads everything up to the last slash as the category; one upload replaces the last of its
  /// category, so the name holds what is judged and nothing that differs from run to run.
  void write_automation() {
    if (profile_ == SarifProfile::azure) return write_azure_automation();
    std::string id = std::string(program_name) + "/";
    const auto& subject = record_.inputs.subject;
    if (!subject.repository.empty()) id += cut(printable(subject.repository), 200) + "/";
    std::string types;
    for (const auto type : record_.inputs.scan_types)
      types += (types.empty() ? "" : "+") + std::string(name_of(type));
    if (!types.empty()) id += types + "/";
    if (part_) id += part_->category;
    json_.key("automationDetails").one_line().begin_object().member("id", id).end_object();
  }

  /// Azure Advanced Security takes a run only with this id and these four properties, all of them texts
  /// (GHAzDO1019, GHAzDO1020); half of them are worse than none.
  void write_azure_automation() {
    const auto& run = record_.inputs.subject.azure;
    if (!run) return;
    const std::string prefix = "azuredevops/pipeline/build/";
    const auto part = [](const std::string& text) { return cut(printable(text), 200); };
    json_.key("automationDetails").begin_object();
    json_.member("id", prefix + part(run->organization) + "/" + part(run->project_id) + "/" +
                           part(run->definition_id) + "/" + part(run->phase_id) + "/" + part(run->ref) + "/" +
                           part(run->build_id));
    json_.key("properties").begin_object();
    json_.member(prefix + "buildDefinitionId", part(run->definition_id));
    json_.member(prefix + "buildDefinitionName", part(run->definition_name));
    json_.member(prefix + "phaseId", part(run->phase_id));
    json_.member(prefix + "phaseName", part(run->phase_name));
    json_.end_object().end_object();
  }

  /// Section 3.14.14. The branch is what was scanned; the API confirms no commit.
  void write_provenance() {
    json_.key("versionControlProvenance").begin_array().one_line().begin_object();
    json_.member("repositoryUri", part_->repository_uri);
    for (const auto& batch : record_.inputs.batches) {
      if (batch.repositories.empty() || batch.repositories.front().branch.empty()) continue;
      json_.member("branch", printable(cut(batch.repositories.front().branch, 250)));
      break;
    }
    json_.end_object().end_array();
  }

  void write_notification(std::string_view id, std::string_view level, const std::string& text) {
    json_.one_line().begin_object().key("descriptor").begin_object().member("id", id).end_object();
    json_.member("level", level)
        .key("message")
        .begin_object()
        .member("text", text_of(text))
        .end_object()
        .end_object();
  }

  void write_invocation() {
    json_.key("invocations").begin_array().begin_object();
    json_.member("executionSuccessful", is_complete(record_));
    json_.member("exitCodeDescription", describe_outcome(record_.verdict.outcome));
    json_.member("endTimeUtc", format_instant_seconds(record_.inputs.at));
    json_.key("toolExecutionNotifications").begin_array();
    for (const auto& entry : record_.verdict.incomplete) {
      const auto hint = entry.hint.empty() ? "" : "; hint: " + entry.hint;
      write_notification("incomplete/" + std::string(name_of(entry.cause)),
                         entry.allowed ? "warning" : "error", entry.detail + hint);
    }
    if (const auto bypass = gate::describe_bypass(record_); !bypass.empty())
      write_notification("bypassed", "warning", bypass);
    for (const auto& notice : record_.verdict.notices) write_notification("notice", "warning", notice);
    for (const auto& note : record_.inputs.notes) write_notification("note", "note", note);
    if (record_.inputs.origin == gate::Origin::sandbox) {
      write_notification("sandbox", "warning",
                         "This verdict is about the sandbox, not about the Kolega service.");
    }
    if (over_limit_ > 0) {
      write_notification("results-left-out", "warning",
                         plural(over_limit_, "result") + " left out: GitHub keeps the " +
                             std::to_string(most_github_results) + " most severe of a run.");
    }
    json_.end_array().end_object().end_array();
  }

  void write_result(std::size_t position) {
    const auto row = rows_[position];
    const auto& about = finding(row);
    json_.one_line().begin_object();
    write_rule_and_message(rules_.index_of(position), about);
    write_location(about);
    write_fingerprints(about);
    write_baseline_state(row);
    write_suppressions(row);
    write_result_properties(row, about);
    json_.end_object();
  }

  void write_rule_and_message(std::size_t index, const Finding& about) {
    const auto& rule = rules_.rule(index);
    auto& head = rule_heads_[index];
    if (head.empty()) {
      head = json_members([&](JsonWriter& json) {
        json.member("ruleId", rule.id).member("ruleIndex", std::uint64_t{index});
        json.member("level", sarif_level(rule.severity));
      });
    }
    json_.members(head);
    write_message(about, rule.check);
  }

  /// Rules say the same of many findings: a message that is met again is escaped once. The slots hold what came of late.
  void write_message(const Finding& about, const std::string& check) {
    constexpr std::size_t longest_kept = 1024;
    auto& slot = messages_[reinterpret_cast<std::uintptr_t>(about.message.place()) * 0x9E3779B97F4A7C15ULL >> 54U];
    const bool again = slot.place == about.message.place();
    if (again && !slot.member.empty()) {
      json_.members(slot.member);
      return;
    }
    if (!again) slot = {about.message.place(), {}};
    text_.clear();
    append_sarif_text(text_, within(about.message, longest_message));
    if (trim(text_).empty()) text_ = check + " reported a finding.";
    const auto write = [&](JsonWriter& json) {
      json.key("message").begin_object().member("text", text_).end_object();
    };
    if (!again || about.message.empty() || text_.size() > longest_kept) return write(json_);
    slot.member = json_members(write);
    json_.members(slot.member);
  }

  /// No column and no end of the line: neither is known, and the source is not read here.
  void write_location(const Finding& about) {
    if (about.path != uri_of_) {
      uri_of_ = about.path;
      uri_ = relative_uri(about.path);
    }
    const bool known = !uri_.empty();
    const auto start = std::max(1U, known ? about.line : 1U);
    text_ = R"("locations": [{"physicalLocation": {"artifactLocation": {"uri": ")";
    append_json_escaped(text_, known ? std::string_view(uri_) : unknown_place);
    text_ += R"("}, "region": {"startLine": )";
    append_number(text_, start);
    text_ += R"(, "startColumn": 1, "endLine": )";
    append_number(text_, std::max(start, known ? about.end_line : 1U));
    text_ += "}}";
    if (!known) {
      text_ += R"(, "message": {"text": ")";
      append_json_escaped(text_, "The path as reported is no place in the repository: '" +
                                     text_of(cut(about.path, 500)) + "'");
      text_ += "\"}";
    }
    text_ += "}]";
    json_.members(text_);
  }

  static void append_number(std::string& out, std::uint32_t number) {
    std::array<char, 12> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  }

  void write_fingerprints(const Finding& about) {
    text_.clear();
    const auto fingerprint = about.fingerprint.text(fingerprint_);
    if (!fingerprint.empty()) {
      text_ = R"("fingerprints": {"kolegaFingerprint/v1": ")";
      if (about.fingerprint.is_hex(sha256_digits)) {
        text_ += fingerprint;  // there is nothing to escape in it
      } else {
        append_json_escaped(text_, shown(fingerprint, 255));
      }
      text_ += "\"}";
    }
    if (const auto hash = line_hash(about, fingerprint); !hash.empty()) {
      text_ += text_.empty() ? "" : ", ";
      text_ += R"("partialFingerprints": {"primaryLocationLineHash": ")";
      append_json_escaped(text_, shown(hash, 40));
      text_ += "\"}";
    }
    json_.members(text_);
  }

  /// The one fingerprint that GitHub reads. Its uploader computes it from the checkout, fills it in where it
  /// is absent and warns of any other value, so a file for GitHub holds the true one or none. Other readers
  /// only need something stable of that form.
  /// The view lives until the next call.
  std::string_view line_hash(const Finding& about, std::string_view fingerprint) {
    if (!about.line_hash.empty()) return about.line_hash;
    if (profile_ == SarifProfile::github || fingerprint.empty()) return {};
    constexpr std::size_t digits = 16;
    if (about.fingerprint.is_hex(sha256_digits)) {
      hash_ = fingerprint.substr(0, digits);
    } else {
      hash_ = std::string_view(sha256_hex(fingerprint)).substr(0, digits);
    }
    hash_ += ":1";
    return hash_;
  }

  /// All results of a run carry it or none does (section 3.27.24).
  void write_baseline_state(std::uint32_t row) {
    if (!has_baseline(record_)) return;
    json_.member("baselineState", record_.verdict.findings[row].is_new.value_or(true) ? "new" : "unchanged");
  }

  void write_suppressions(std::uint32_t row) {
    const auto weight = weights_[row];
    if (weight != Weight::triaged && weight != Weight::excluded && weight != Weight::waived) return;
    json_.key("suppressions")
        .begin_array()
        .begin_object()
        .member("kind", "external")
        .member("status", "accepted");
    json_.member("justification", printable(describe_removal(record_, row))).end_object().end_array();
  }

  /// The properties that many findings share.
  std::string common_properties(std::uint32_t row) const {
    return json_members([&](JsonWriter& json) {
      const auto& about = finding(row);
      json.member("severity", name_of(record_.verdict.findings[row].severity));
      json.member("disposition", name_of(record_.verdict.findings[row].disposition));
      json.member("breaks", weights_[row] <= Weight::observed);
      json.key("rules").begin_array();
      for (const auto rule : rules_of(record_, row, bits_[row]))
        json.value(printable(record_.verdict.rules[rule].id));
      json.end_array().member("scan_type", name_of(about.scan_type));
      const auto& batches = record_.inputs.batches;
      if (about.batch < batches.size() && !batches[about.batch].id.empty())
        json.member("batch", printable(cut(batches[about.batch].id, 500)));
      if (!about.repository.empty()) json.member("repository", printable(cut(about.repository, 500)));
    });
  }

  void write_common_properties(std::uint32_t row, const Finding& about) {
    // The last of the bits stands for several rules (rules_of).
    if (record_.verdict.rules.size() > 63) {
      json_.members(common_properties(row));
      return;
    }
    const auto& judged = record_.verdict.findings[row];
    const Common key{judged.severity, judged.disposition, weights_[row], bits_[row],
                     about.scan_type, about.batch,        about.repository};
    auto known = common_.find(key);
    if (known == common_.end()) known = common_.emplace(key, common_properties(row)).first;
    json_.members(known->second);
  }

  void write_result_properties(std::uint32_t row, const Finding& about) {
    json_.key("properties").begin_object();
    write_common_properties(row, about);
    if (about.details) {
      member("finding_id", about.details->id);
      member("status", about.details->status);
      if (about.details->first_detected_at) {
        json_.member("first_detected_at", format_instant_seconds(*about.details->first_detected_at));
      }
    }
    if (about.line_assigned) json_.member("line", "assigned");
    const auto& judged = record_.verdict.findings[row];
    if (judged.in_changed_file) json_.member("in_changed_file", *judged.in_changed_file);
    if (judged.on_changed_line) json_.member("on_changed_line", *judged.on_changed_line);
    if (judged.expired_waiver) member("expired_waiver", describe_expired(record_, row));
    if (!record_.inputs.fixes.empty()) member("fix", fixes_.describe(about));
    json_.end_object();
  }

  /// A text of the outside, left out when there is none.
  void member(std::string_view name, std::string_view text) {
    if (!text.empty()) json_.member(name, shown(text, 500));
  }

  /// printable(cut()); the view lives until the next call.
  std::string_view shown(std::string_view text, std::size_t limit) {
    shown_.clear();
    append_printable(shown_, within(text, limit));
    return shown_;
  }
  std::string_view within(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    cut_ = cut(text, limit);
    return cut_;
  }

  void write_properties() {
    const auto& inputs = record_.inputs;
    json_.key("properties").begin_object().member("outcome", name_of(record_.verdict.outcome));
    json_.member("verdict",
                 gate::headline(record_.verdict.outcome) + ": " + printable(gate::summary(record_)));
    json_.member("at", format_instant_seconds(inputs.at))
        .member("sandbox", inputs.origin == gate::Origin::sandbox);
    if (inputs.policy) {
      json_.key("policy").one_line().begin_object();
      member("name", inputs.policy->name);
      json_.member("digest", policy::digest(*inputs.policy)).end_object();
    }
    json_.key("subject").one_line().begin_object();
    member("repository", inputs.subject.repository);
    member("repository_id", inputs.subject.repository_id);
    member("branch", inputs.subject.branch);
    member("commit", inputs.subject.commit);
    member("change", inputs.subject.change);
    json_.end_object();
    write_rule_properties();
    write_batches();
    if (!inputs.fixes.empty()) write_fixes();
    write_left_out();
    json_.end_object();
  }

  void write_rule_properties() {
    json_.key("rules").begin_array();
    for (std::size_t i = 0; i < record_.verdict.rules.size(); ++i) {
      const auto& rule = record_.verdict.rules[i];
      json_.one_line().begin_object().member("id", printable(rule.id)).member("state", name_of(rule.state));
      json_.member("mode", name_of(rule.mode)).member("count", rule.count);
      json_.member("limit", gate::describe_limit(record_.inputs.policy->rules[i], rule)).end_object();
    }
    json_.end_array();
  }

  void write_batches() {
    json_.key("batches").begin_array();
    for (std::size_t i = 0; i < record_.inputs.batches.size(); ++i) {
      const auto& batch = record_.inputs.batches[i];
      json_.one_line().begin_object().member("scan_type", name_of(batch.type));
      member("id", batch.id);
      member("status", batch.status);
      json_.member("grade", name_of(record_.verdict.batches[i].grade));
      member("scanned", describe_scanned(batch));
      json_.end_object();
    }
    json_.end_array();
  }

  /// Not SARIF's own `fixes`: those are replacements of text, which the API does not tell.
  void write_fixes() {
    json_.key("fixes").begin_array();
    for (const auto& fix : record_.inputs.fixes) {
      json_.one_line().begin_object();
      member("id", fix.id);
      json_.member("place", printable(cut(fix.place, 500)));
      member("status", fix.status);
      member("detail", fix.detail);
      member("diff", describe_diff(record_, fix));
      json_.key("pull_requests").begin_array();
      for (const auto& url : fix.pull_requests) json_.value(printable(cut(url, 500)));
      json_.end_array().end_object();
    }
    json_.end_array();
  }

  /// What is known and no result of this file.
  void write_left_out() {
    const auto count = [&](Weight weight) {
      return static_cast<std::uint64_t>(std::count(weights_.begin(), weights_.end(), weight));
    };
    const bool github = profile_ == SarifProfile::github;
    json_.key("left_out").one_line().begin_object();
    json_.member("duplicate", count(Weight::duplicate));
    if (github) json_.member("triaged", count(Weight::triaged));
    if (github) json_.member("excluded", count(Weight::excluded));
    if (github) json_.member("waived", count(Weight::waived));
    if (github) json_.member("over_limit", std::uint64_t{over_limit_});
    json_.end_object();
  }

  const gate::DecisionRecord& record_;
  SarifProfile profile_;
  const SarifRun* part_;
  struct Message {
    const void* place{};
    std::string member{};  ///< empty: met once
  };
  std::vector<Message> messages_{std::vector<Message>(1024)};
  std::string fingerprint_;  ///< scratch, as the next
  std::string hash_;
  std::vector<Weight> weights_;
  std::size_t over_limit_{};
  std::vector<std::uint32_t> rows_;
  SarifRules rules_;
  CountingRules bits_;
  FixIndex fixes_;
  JsonWriter json_;

  // What rows repeat is escaped once.
  using Common = std::tuple<Severity, gate::Disposition, Weight, std::uint64_t, ScanType, std::uint16_t, Text>;
  std::map<Common, std::string> common_;
  std::vector<std::string> rule_heads_;
  Text uri_of_;
  std::string uri_;
  std::string text_;  ///< scratch, as the next two
  std::string shown_;
  std::string cut_;
};

}  // namespace

std::vector<std::uint32_t> sarif_rows(const gate::DecisionRecord& record, SarifProfile profile) {
  const auto weight = weights(record);
  auto rows = sorted_rows(record, false);
  std::erase_if(rows, [&](std::uint32_t row) {
    return weight[row] == Weight::duplicate || (profile == SarifProfile::github && weight[row] >= Weight::triaged);
  });
  return rows;
}

void write_sarif_run(const gate::DecisionRecord& record, SarifProfile profile, const SarifRun& run,
                     std::ostream& out) {
  SarifReport(record, profile, out, &run).write_run();
}

void write_sarif(const gate::DecisionRecord& record, const ReportOptions& options, std::ostream& out) {
  SarifReport(record, options.sarif_profile, out).write();
}

}  // namespace kolega::report
