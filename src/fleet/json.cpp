// The summary for programs: a document with a line a repository, worst first.
#include <ostream>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "fleet/formats.hpp"
#include "gate/record_names.hpp"

namespace kolega::fleet {

namespace {

constexpr std::string_view summary_format = "kolega-gate/fleet-summary/v1";

template <std::size_t N>
void write_counts(JsonWriter& json, std::string_view key, const std::array<std::uint64_t, N>& counts,
                  const std::array<std::string_view, N>& names) {
  json.key(key).one_line().begin_object();
  for (std::size_t i = 0; i < N; ++i) json.member(names[i], counts[i]);
  json.end_object();
}

void write_totals(JsonWriter& json, const Summary& summary) {
  json.key("totals").begin_object().member("repositories", static_cast<std::uint64_t>(summary.rows.size()));
  write_counts(json, "outcomes", summary.outcomes, gate::outcome_names);
  json.member("without_verdict", summary.without_verdict).member("without_result", summary.without_result);
  json.member("findings", summary.findings);
  write_counts(json, "by_severity", summary.by_severity, severity_names);
  write_counts(json, "by_disposition", summary.by_disposition, gate::disposition_names);
  json.end_object();
}

void write_rules(JsonWriter& json, const Summary& summary) {
  json.key("rules").begin_array();
  for (const auto& rule : summary.rules) {
    json.one_line().begin_object().member("policy", rule.policy).member("id", rule.id);
    json.member("broken", rule.broken).member("undecided", rule.undecided).member("kept", rule.kept);
    json.member("skipped", rule.skipped).member("findings", rule.count).end_object();
  }
  json.end_array();
}

void write_causes(JsonWriter& json, const Result& result) {
  json.key("causes").begin_array();
  for (const auto& entry : result.causes) {
    json.begin_object().member("cause", name_of(entry.cause)).member("detail", entry.detail);
    json.member("hint", entry.hint).member("allowed", entry.allowed).end_object();
  }
  json.end_array();
}

void write_details(JsonWriter& json, const Result& result) {
  json.member("findings", result.findings);
  write_counts(json, "by_severity", result.by_severity, severity_names);
  json.key("rules").begin_array();
  for (const auto& rule : result.rules) {
    json.begin_object().member("id", rule.id).member("mode", policy::name_of(rule.mode));
    json.member("state", name_of(rule.state)).member("count", rule.count).end_object();
  }
  json.end_array();
  write_causes(json, result);
  json.key("batches").begin_array();
  for (const auto& batch : result.batches) {
    json.begin_object().member("id", batch.id).member("scan_type", name_of(batch.type));
    json.member("status", batch.status).member("grade", name_of(batch.grade)).end_object();
  }
  json.end_array();
  if (result.policy) json.member("policy", result.policy->digest);
  if (result.record) json.member("record", result.record->path).member("record_sha256", result.record->sha256);
  if (!result.error.empty()) json.member("error", result.error);
  json.member("began", format_instant(result.began)).member("ended", format_instant(result.ended));
}

void write_parts(JsonWriter& json, const Fleet& fleet) {
  json.key("shards").begin_object().member("of", fleet.shards).key("present").begin_array();
  for (const auto& part : fleet.parts) {
    json.one_line().begin_object().member("number", part.shard.number).member("folder", part.folder);
    json.member("tool_version", part.tool_version).member("started_at", format_instant(part.started_at)).end_object();
  }
  json.end_array().key("missing").one_line().begin_array();
  for (const auto number : fleet.missing) json.value(number);
  json.end_array().end_object();
}

void write_head(JsonWriter& json, const Fleet& fleet, const Summary& summary) {
  json.member("format", summary_format).member("outcome", gate::name_of(summary.outcome));
  json.member("exit_code", summary.exit_code).member("summary", describe(summary));
  json.member("api_url", fleet.api_url).member("origin", gate::word_of(gate::origin_names, fleet.origin));
  json.member("selection_digest", fleet.digest).key("policies").begin_array();
  for (const auto& policy : fleet.policies) {
    json.one_line().begin_object().member("name", policy.name).member("digest", policy.digest).end_object();
  }
  json.end_array();
}

}  // namespace

void write_json(const Fleet& fleet, const Summary& summary, const FormatOptions&, std::ostream& out) {
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object();
  write_head(json, fleet, summary);
  write_parts(json, fleet);
  write_totals(json, summary);
  write_rules(json, summary);
  json.key("repositories").begin_array();
  for (const auto& row : summary.rows) {
    json.one_line().begin_object().member("id", row.selected->id).member("name", row.selected->name);
    json.member("shard", row.selected->shard).member("outcome", gate::name_of(row.outcome));
    json.member("exit_code", row.exit_code);
    json.member("state", row.result ? name_of(row.result->state) : std::string_view("missing"));
    json.member("why", describe(fleet, row));
    if (row.result) write_details(json, *row.result);
    json.end_object();
  }
  json.end_array().key("notes").begin_array();
  for (const auto& note : fleet.notes) json.value(note);
  json.end_array().end_object().finish();
}

}  // namespace kolega::fleet
