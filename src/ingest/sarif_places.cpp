#include "ingest/sarif_places.hpp"

namespace kolega::ingest {

namespace {

void add_component(PathTable& table, const std::string& prefix, int place) {
  table.add(prefix, {{"", place},
                     {"name", component_name},
                     {"version", component_version},
                     {"semanticVersion", component_semantic_version},
                     {"guid", component_guid},
                     {"globalMessageStrings/*", component_message},
                     {"globalMessageStrings/*/text", component_message_text}});
  table.add(prefix + "/rules/[]", {{"", rule},
                                   {"id", rule_id},
                                   {"defaultConfiguration/level", rule_level},
                                   {"properties/security-severity", rule_score},
                                   {"properties/tags/[]", rule_tag},
                                   {"properties/cwe", rule_cwe},
                                   {"properties/cwe/[]", rule_cwe_item},
                                   {"properties/owasp", rule_owasp},
                                   {"properties/owasp/[]", rule_owasp_item},
                                   {"messageStrings/*", rule_message},
                                   {"messageStrings/*/text", rule_message_text},
                                   {"relationships/[]/target", rule_target},
                                   {"relationships/[]/target/id", rule_target_id},
                                   {"relationships/[]/target/toolComponent/name", rule_target_component}});
}

PathTable make_table() {
  PathTable table{{"", root},
                  {"version", version},
                  {"runs/[]", run},

                  {"runs/[]/newlineSequences/[]", newline_sequence},
                  {"runs/[]/originalUriBaseIds/*", base},
                  {"runs/[]/originalUriBaseIds/*/uri", base_uri},
                  {"runs/[]/originalUriBaseIds/*/uriBaseId", base_parent},
                  {"runs/[]/artifacts/[]", artifact},
                  {"runs/[]/artifacts/[]/location/uri", artifact_uri},
                  {"runs/[]/artifacts/[]/location/uriBaseId", artifact_base},
                  {"runs/[]/externalPropertyFileReferences/results/[]", external_results},
                  {"runs/[]/externalPropertyFileReferences/results/[]/itemCount", -1},
                  {"inlineExternalProperties/[]/results/[]", inline_result},
                  {"inlineExternalProperties/[]/results/[]/ruleId", -1},
                  {"runs/[]/invocations", invocations},
                  {"runs/[]/results", results}};
  add_component(table, "runs/[]/tool/driver", driver);
  add_component(table, "runs/[]/tool/extensions/[]", extension);
  table.add("runs/[]/invocations/[]", {{"", invocation},
                                       {"executionSuccessful", invocation_success},
                                       {"exitSignalName", invocation_signal},
                                       {"exitSignalNumber", invocation_signal},
                                       {"processStartFailureMessage", invocation_start_failure},
                                       {"startTimeUtc", invocation_start},
                                       {"endTimeUtc", invocation_end},
                                       {"workingDirectory/uri", invocation_directory}});
  for (const std::string list : {"toolExecutionNotifications", "toolConfigurationNotifications"}) {
    table.add("runs/[]/invocations/[]/" + list + "/[]",
              {{"", notification}, {"level", notification_level}, {"message/text", notification_text}});
  }
  table.add("runs/[]/results/[]", {{"", result},
                                   {"ruleId", result_rule_id},
                                   {"ruleIndex", result_rule_index},
                                   {"rule/id", result_descriptor_id},
                                   {"rule/index", result_descriptor_index},
                                   {"rule/toolComponent/index", result_component_index},
                                   {"rule/toolComponent/name", result_component_name},
                                   {"rule/toolComponent/guid", result_component_name},
                                   {"level", result_level},
                                   {"kind", result_kind},
                                   {"message/text", result_message_text},
                                   {"message/markdown", result_message_markdown},
                                   {"message/id", result_message_id},
                                   {"message/arguments", result_arguments},
                                   {"message/arguments/[]", result_argument},
                                   {"locations/[]", location},
                                   {"fingerprints/*", result_fingerprint},
                                   {"partialFingerprints/*", result_partial_fingerprint},
                                   {"suppressions/[]", result_suppression},
                                   {"suppressions/[]/status", result_suppression_status},
                                   {"baselineState", result_baseline_state},
                                   {"analysisTarget/uri", result_target_uri},
                                   {"analysisTarget/uriBaseId", result_target_base},
                                   {"analysisTarget/index", result_target_index},
                                   {"properties/security-severity", result_score},
                                   {"properties/tags/[]", result_tag},
                                   {"properties/cwe", result_cwe},
                                   {"properties/cwe/[]", result_cwe_item},
                                   {"taxa/[]", result_taxon},
                                   {"taxa/[]/id", result_taxon_id},
                                   {"taxa/[]/toolComponent/name", result_taxon_component}});
  table.add("runs/[]/results/[]/locations/[]/physicalLocation",
            {{"artifactLocation/uri", location_uri},
             {"artifactLocation/uriBaseId", location_base},
             {"artifactLocation/index", location_index},
             {"region/startLine", location_line},
             {"region/endLine", location_end_line}});
  return table;
}

}  // namespace

const PathTable& sarif_table() {
  static const PathTable table = make_table();
  return table;
}

}  // namespace kolega::ingest
