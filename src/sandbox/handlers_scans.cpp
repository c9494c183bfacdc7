#include "sandbox/batch_view.hpp"
#include "sandbox/handlers.hpp"

namespace kolega::sandbox {

namespace {

void write_head(JsonWriter& json, const Store& store, const BatchRecord& batch, const BatchView& view) {
  json.member("batch_id", batch.id).member("repository_id", store.repositories[batch.repository].config.id);
  json.member("scan_type", name_of(batch.type)).member("status", view.status);
  json.member("total_repositories", view.total).member("scans_created", view.created);
  json.member("scans_failed", view.failed).member("scans_completed", view.completed);
  json.member("scans_assessed", view.assessed);
  write_text_or_null(json, "error_message", view.error_message);
  write_instant(json, "started_at", view.started_at);
  write_instant(json, "completed_at", view.completed_at);
}

void write_batch(JsonWriter& json, const Store& store, const BatchRecord& batch, const BatchView& view) {
  json.begin_object();
  write_head(json, store, batch, view);
  write_instant(json, "created_at", batch.created.wall);
  json.end_object();
}

void write_row(JsonWriter& json, const ScanRow& row, std::string_view branch) {
  json.begin_object()
      .member("repository", row.repository)
      .member("branch", branch)
      .member("status", row.status);
  write_text_or_null(json, "status_reason", row.reason);
  json.key("findings_count");
  row.findings_count ? json.value(*row.findings_count) : json.null();
  write_instant(json, "started_at", row.started_at);
  write_instant(json, "completed_at", row.completed_at);
  json.end_object();
}

void write_texts(JsonWriter& json, std::string_view key, TextList texts) {
  json.key(key).begin_array();
  for (const auto text : texts) json.value(text.view());
  json.end_array();
}

void write_result(JsonWriter& json, const Finding& finding) {
  json.begin_object().member("check_id", finding.check_id.view()).member("file_path", finding.path.view());
  json.member("severity", finding.severity_word.view()).member("message", finding.message.view());
  write_texts(json, "cwe", finding.cwe);
  write_texts(json, "owasp", finding.owasp);
  json.member("fingerprint", finding.fingerprint.str()).end_object();
}

/// Answers for the batch of the path, or says what of the path does not exist.
template <class Answer>
net::ServerResponse with_batch(Call& call, Answer answer) {
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  const auto* batch = find_batch(call.store, *repository, call.path[1]);
  if (!batch) return not_found("Scan");
  return answer(*batch, view_batch(call.store, *batch, call.now.steady));
}

}  // namespace

net::ServerResponse create_scan(Call& call) {
  std::vector<Issue> issues;
  const auto word = body_word(call.request, "scan_type", scan_type_names, issues);
  if (!word) return unprocessable(issues);
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  const auto type = *find_scan_type(*word);
  const auto quota = quota_of(type);
  const auto& quotas = call.store.config.quotas;
  const auto plan = type == ScanType::deep_ai_scan ? quotas.deep_ai_scans : quotas.sast_scans;
  if (used_quota(call.store, quota, call.now.wall) >= plan) return quota_exhausted(quota);
  const auto& batch = add_batch(call.store, *repository, type, call.now);
  call.start_feed(batch);
  return json_answer(202, [&](JsonWriter& json) {
    write_batch(json, call.store, batch, view_batch(call.store, batch, call.now.steady));
  });
}

net::ServerResponse list_scans(Call& call) {
  QueryReader query(call.target.query);
  const auto type = query.word("scan_type", scan_type_names);
  const auto status = query.text("status");
  const auto page = read_page(query, 20);
  if (!query.issues().empty()) return unprocessable(query.issues());
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  std::vector<std::pair<const BatchRecord*, BatchView>> shown;
  const auto& batches = call.store.batches;
  for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) {  // newest first
    if (&call.store.repositories[batch->repository] != repository) continue;
    if (type && *type != name_of(batch->type)) continue;
    auto view = view_batch(call.store, *batch, call.now.steady);
    if (!status || *status == view.status) shown.emplace_back(&*batch, std::move(view));
  }
  return page_answer(shown, page, [&call](JsonWriter& json, const auto& item) {
    write_batch(json, call.store, *item.first, item.second);
  });
}

net::ServerResponse get_scan(Call& call) {
  return with_batch(call, [&call](const BatchRecord& batch, const BatchView& view) {
    return json_answer(200, [&](JsonWriter& json) { write_batch(json, call.store, batch, view); });
  });
}

net::ServerResponse get_scan_progress(Call& call) {
  return with_batch(call, [&call](const BatchRecord& batch, const BatchView& view) {
    return json_answer(200, [&](JsonWriter& json) {
      json.begin_object();
      write_head(json, call.store, batch, view);
      json.member("percent_complete", view.percent).key("repositories").begin_array();
      const auto& branch = call.store.repositories[batch.repository].config.branch;
      for (const auto& row : view.rows) write_row(json, row, branch);
      json.end_array().end_object();
    });
  });
}

net::ServerResponse get_scan_results(Call& call) {
  return with_batch(call, [&call](const BatchRecord& batch, const BatchView& view) {
    const auto& feed = feed_of(call.store, batch);
    const auto findings = served_findings(batch, view);
    const bool scripted_word = view.ended && !feed.results_status.empty();
    const auto count = static_cast<std::int64_t>(findings.size());
    return json_answer(200, [&](JsonWriter& json) {
      json.begin_object().member("batch_id", batch.id).member("scan_type", name_of(batch.type));
      json.member("status", scripted_word ? feed.results_status : view.status);
      json.member("findings_count", view.ended ? feed.claimed_findings.value_or(count) : count);
      json.key("findings").begin_array();
      for (const auto& finding : findings) write_result(json, finding);
      json.end_array().end_object();
    });
  });
}

}  // namespace kolega::sandbox
