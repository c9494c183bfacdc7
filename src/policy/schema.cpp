// The JSON Schema of the language, made from the same tables that the loader reads.
#include <array>
#include <sstream>

#include "base/json_writer.hpp"
#include "policy/condition_keys.hpp"
#include "policy/extends.hpp"
#include "policy/load.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

namespace {

struct Definition {
  std::string_view name{};
  std::string_view schema{};
};

/// Values that several keys share.
constexpr std::array<Definition, 24> values{{
    {"text", R"({"type": ["string", "number", "boolean"], "minLength": 1})"},
    {"parent",
     R"({"anyOf": [{"type": "string", "pattern": "^builtin:[a-z0-9-]+$"}, {"$ref": "#/$defs/parent_map", "required": ["path"]}, {"$ref": "#/$defs/parent_map", "required": ["url", "sha256"]}]})"},
    {"duration", R"({"type": "string", "pattern": "^([0-9]+(w|d|h|m|s|ms))+$"})"},
    {"count", R"({"type": "integer", "minimum": 0})"},
    {"words",
     R"({"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string", "minLength": 1}}]})"},
    // What can match no path, as far as a short expression tells: "/src", "src/", "!!a", "^a", " a".
    {"path", R"({"type": "string", "pattern": "^!?[^!/^ \\t](.*([^/ \\t]|\\\\ ))?$"})"},
    {"paths",
     R"({"anyOf": [{"$ref": "#/$defs/path"}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/path"}}]})"},
    {"names",
     R"({"anyOf": [{"$ref": "#/$defs/text"}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/text"}}]})"},
    {"moment",
     R"({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?$"})"},
    {"max_age",
     R"({"type": "object", "minProperties": 1, "propertyNames": {"$ref": "#/$defs/severity_name"}, "additionalProperties": {"$ref": "#/$defs/duration"}})"},
    {"number", R"({"type": "integer", "minimum": 1, "maximum": 99999})"},
    {"numbers",
     R"({"anyOf": [{"$ref": "#/$defs/number"}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/number"}}]})"},
    {"severity_name", R"({"enum": ["info", "low", "medium", "high", "critical"]})"},
    {"severities",
     R"({"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/severity_name"}})"},
    {"scan_type",
     R"({"enum": ["secrets_scan", "semgrep_scan", "deep_ai_scan", "sbom_scan", "secrets", "semgrep", "deep-ai", "deep_ai", "sbom"]})"},
    {"scan_types",
     R"({"anyOf": [{"$ref": "#/$defs/scan_type"}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/scan_type"}}]})"},
    {"status", R"({"enum": ["open", "resolved", "ignored", "false_positive", "needs_manual_review"]})"},
    {"test_batch",
     R"({"enum": ["complete", "partial_failure", "failed", "cancelled", "timeout", "quota", "api", "missing", "no_details"]})"},
    {"max_by_severity",
     R"({"type": "object", "minProperties": 1, "propertyNames": {"$ref": "#/$defs/severity_name"}, "additionalProperties": {"$ref": "#/$defs/count"}})"},
    {"statuses",
     R"({"anyOf": [{"$ref": "#/$defs/status"}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/status"}}]})"},
    {"honor",
     R"({"anyOf": [{"$ref": "#/$defs/honored"}, {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/honored"}}]})"},
    {"honored", R"({"enum": ["ignored", "false_positive", "needs_manual_review"]})"},
    {"bypass_field", R"({"enum": ["reason", "ticket"]})"},
    {"waiver_field", R"({"enum": ["owner", "reason", "ticket", "expires", "justification"]})"},
}};

void write_properties(JsonWriter& json, const std::vector<SchemaKey>& keys) {
  json.member("type", "object").member("additionalProperties", false).key("properties").begin_object();
  for (const auto& key : keys) {
    std::string description;
    append_json_escaped(description, key.text);
    json.key(key.name).raw("{\"description\": \"" + description + "\", " + std::string(key.schema) + "}");
  }
  json.end_object();
}

void write_map(JsonWriter& json, std::string_view name, const std::vector<SchemaKey>& keys,
               std::string_view more = {}) {
  json.key(name).begin_object();
  write_properties(json, keys);
  if (!more.empty()) json.key("required").raw(more);
  json.end_object();
}

}  // namespace

std::string json_schema() {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object();
  json.member("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.member("title", "kolega-gate policy, language v1");
  write_properties(json, schema_of(policy_rows()));
  json.key("required").raw(R"(["gate"])");
  json.key("anyOf").raw(
      R"([{"required": ["thresholds"]}, {"required": ["rules"]}, {"required": ["extends"]}])");
  json.key("$defs").begin_object();
  write_map(json, "parent_map", schema_of(parent_rows()));
  write_map(json, "scan", schema_of(scan_rows()));
  write_map(json, "on_incomplete", schema_of(on_incomplete_rows()));
  write_map(json, "severity", schema_of(severity_rows()));
  write_map(json, "triage", schema_of(triage_rows()));
  write_map(json, "exclude", schema_of(exclude_rows()), R"(["paths", "reason"])");
  write_map(json, "break_glass", schema_of(break_glass_rows()));
  write_map(json, "baseline", schema_of(baseline_rows()), R"(["from", "first_run"])");
  write_map(json, "waivers", schema_of(waivers_rows()));
  write_map(json, "waiver", schema_of(waiver_rows()), R"(["id", "match"])");
  write_map(json, "rule", schema_of(rule_rows()), R"(["id"])");
  write_map(json, "test", schema_of(test_rows()), R"(["name", "expect"])");
  write_map(json, "given", schema_of(given_rows()));
  write_map(json, "expect", schema_of(expect_rows()));
  write_map(json, "test_finding", schema_of(finding_rows()));
  json.key("when").begin_object();
  write_properties(json, condition_schema());
  json.member("minProperties", 1).end_object();
  for (const auto& value : values) json.key(value.name).raw(value.schema);
  json.end_object().end_object().finish();
  return out.str();
}

}  // namespace kolega::policy
