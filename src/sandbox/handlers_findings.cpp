#include <algorithm>
#include <cmath>

#include "model/severity.hpp"
#include "sandbox/events.hpp"
#include "sandbox/handlers.hpp"
#include "sandbox/source_url.hpp"

namespace kolega::sandbox {

namespace {

/// The API requires a category; a scanner that names none is told by what it looks for.
std::string_view category_of(const Finding& finding) {
  if (finding.details && !finding.details->category.empty()) return finding.details->category;
  switch (finding.scan_type) {
    case ScanType::secrets_scan:
      return "secrets";
    case ScanType::semgrep_scan:
      return "sast";
    case ScanType::deep_ai_scan:
      return "deep_ai";
    case ScanType::sbom_scan:
      return "dependencies";
  }
  return {};
}

void write_texts(JsonWriter& json, std::string_view key, TextList texts) {
  json.key(key).begin_array();
  for (const auto text : texts) json.value(text.view());
  json.end_array();
}

void write_cvss(JsonWriter& json, const FindingDetails& details) {
  json.key("cvss_base_score");
  // A score has one decimal; a float of it would be written with its rounding error.
  const auto score = std::round(static_cast<double>(details.cvss_score.value_or(0)) * 10) / 10;
  details.cvss_score ? json.value(score) : json.null();
  write_text_or_null(json, "cvss_severity",
                     details.cvss_score ? name_of(cvss_band(score)) : std::string_view{});
  write_text_or_null(json, "cvss_vector", details.cvss_vector);
}

void write_finding(JsonWriter& json, const RepositoryRecord& repository, const FindingRecord& record) {
  static const FindingDetails none;
  const auto& finding = *record.seen;
  const auto& details = finding.details ? *finding.details : none;
  json.begin_object().member("id", record.id).member("repository_id", repository.config.id);
  json.member("check_id", finding.check_id.view()).member("severity", finding.severity_word.view());
  json.member("status", name_of(record.status)).member("file_path", finding.path.view());
  json.member("message", finding.message.view());
  write_text_or_null(json, "title", details.title);
  json.member("category", category_of(finding)).member("scan_type", name_of(finding.scan_type));
  write_texts(json, "cwe", finding.cwe);
  write_texts(json, "owasp", finding.owasp);
  write_texts(json, "references", details.references);
  write_text_or_null(json, "source_url", source_url(repository.config, finding));
  write_cvss(json, details);
  write_instant(json, "first_detected_at", record.first_detected_at);
  write_instant(json, "last_detected_at", record.last_detected_at);
  write_instant(json, "resolved_at", record.resolved_at);
  write_instant(json, "created_at", record.first_detected_at);
  write_instant(json, "updated_at", record.updated_at);
  json.end_object();
}

struct Filter {
  std::optional<std::string> severity{};
  std::optional<std::string> status{};
  std::optional<std::string> scan_type{};
  bool takes(const FindingRecord& record) const {
    return (!severity || *severity == record.seen->severity_word.view()) &&
           (!status || *status == name_of(record.status)) &&
           (!scan_type || *scan_type == name_of(record.seen->scan_type));
  }
};

/// In the order of ids: all of the repository, or those that one batch saw (none of a batch that does not
/// exist).
std::vector<const FindingRecord*> select(Call& call, const RepositoryRecord& repository,
                                         const std::optional<std::string>& batch_id, const Filter& filter) {
  std::vector<const FindingRecord*> out;
  const auto add = [&](const FindingRecord& record) {
    if (filter.takes(record)) out.push_back(&record);
  };
  if (!batch_id) {
    for (const auto& [id, record] : repository.findings) add(record);
  } else if (const auto* batch = find_batch(call.store, repository, *batch_id)) {
    for (const auto& id : batch->finding_ids) add(repository.findings.at(id));
  }
  return out;
}

}  // namespace

net::ServerResponse list_findings(Call& call) {
  QueryReader query(call.target.query);
  const Filter filter{query.text("severity"), query.text("status"), query.text("scan_type")};
  const auto batch_id = query.text("scan_batch_id");
  const auto page = read_page(query, 50);
  if (!query.issues().empty()) return unprocessable(query.issues());
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  return page_answer(
      select(call, *repository, batch_id, filter), page,
      [repository](JsonWriter& json, const auto* item) { write_finding(json, *repository, *item); });
}

net::ServerResponse get_finding(Call& call) {
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  const auto found = repository->findings.find(call.path[1]);
  if (found == repository->findings.end()) return not_found("Finding");
  return json_answer(200, [&](JsonWriter& json) { write_finding(json, *repository, found->second); });
}

net::ServerResponse update_finding_status(Call& call) {
  std::vector<Issue> issues;
  const auto word = body_word(call.request, "status", triage_names, issues);
  if (!word) return unprocessable(issues);
  auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  const auto found = repository->findings.find(call.path[1]);
  if (found == repository->findings.end()) return not_found("Finding");
  EventFacts facts;
  facts.type = "status_changed";
  facts.at = call.now.wall;
  change_status(call.store, *repository, found->second, *find_triage_status(*word), std::move(facts));
  return json_answer(200, [&](JsonWriter& json) { write_finding(json, *repository, found->second); });
}

}  // namespace kolega::sandbox
