// Reads the inputs of a record back. What was decided is not read: it is decided again, so that a record
// cannot be edited into another verdict.
#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "gate/document_kind.hpp"
#include "gate/record.hpp"
#include "gate/record_names.hpp"
#include "gate/record_reference.hpp"
#include "policy/load.hpp"

namespace kolega::gate {

namespace {

template <class Enum, std::size_t N>
Enum require_word(const JsonView& view, std::string_view key, const std::array<std::string_view, N>& names) {
  const auto word = view.require_string(key);
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) view.require(key).fail("'" + printable(word, 40) + "' is none of its words");
  return static_cast<Enum>(found - names.begin());
}

std::string text(const JsonView& view, std::string_view key) {
  return std::string(view.optional_string(key).value_or(std::string_view{}));
}

std::vector<std::string> texts(const JsonView& view, std::string_view key) {
  const auto words = view.optional_strings(key);
  return {words.begin(), words.end()};
}

ScanType scan_type_of(const JsonView& view) {
  const auto type = find_scan_type(view.as_string());
  if (!type) view.fail("'" + printable(view.as_string(), 40) + "' is no scan type");
  return *type;
}

/// "file:12:3" as describe(SourcePos) writes it; the file's name may hold colons itself.
SourcePos parse_position(std::string_view at) {
  SourcePos pos{std::string(at), 0, 0};
  const auto cut = [&pos]() -> int {
    const auto colon = pos.file.rfind(':');
    const auto number = colon == std::string::npos
                            ? std::nullopt
                            : parse_decimal(std::string_view(pos.file).substr(colon + 1));
    if (!number || *number > 1'000'000'000) return 0;
    pos.file.resize(colon);
    return static_cast<int>(*number);
  };
  const int last = cut();
  const int before = cut();
  pos.line = before > 0 ? before : last;
  pos.column = before > 0 ? last : 0;
  return pos;
}

yaml::Node node_of(const boost::json::value& value) {
  if (const auto* object = value.if_object()) {
    std::vector<std::pair<std::string, yaml::Node>> entries;
    for (const auto& [key, member] : *object) entries.emplace_back(std::string(key), node_of(member));
    return yaml::map(std::move(entries));
  }
  if (const auto* array = value.if_array()) {
    std::vector<yaml::Node> items;
    for (const auto& item : *array) items.push_back(node_of(item));
    return yaml::sequence(std::move(items));
  }
  if (const auto* string = value.if_string()) return yaml::scalar(std::string(*string), false);
  if (value.is_bool()) return yaml::scalar(value.get_bool() ? "true" : "false");
  if (value.is_int64()) return yaml::scalar(std::to_string(value.get_int64()));
  return {};
}

policy::Policy policy_of(const JsonView& view, const std::string& what) {
  auto policy = policy::parse_policy_node(node_of(view.require("document").raw()), what);
  for (const auto& source : view.require("sources").items()) {
    policy.sources.push_back(
        {std::string(source.require_string("name")), std::string(source.require_string("sha256"))});
  }
  const auto positions = view.require("positions");
  for (auto& rule : policy.rules) {
    if (const auto at = positions.optional_string(rule.id)) rule.pos = parse_position(*at);
  }
  const auto waivers = view.find("waiver_positions");
  if (!waivers || !policy.waivers) return policy;
  for (auto& waiver : policy.waivers->list) {
    if (const auto at = waivers->optional_string(waiver.id)) waiver.pos = parse_position(*at);
  }
  return policy;
}

AzureRun azure_run_of(const JsonView& view) {
  AzureRun run;
  run.organization = text(view, "organization");
  run.project_id = text(view, "project_id");
  run.definition_id = text(view, "definition_id");
  run.definition_name = text(view, "definition_name");
  run.phase_id = text(view, "phase_id");
  run.phase_name = text(view, "phase_name");
  run.ref = text(view, "ref");
  run.build_id = text(view, "build_id");
  return run;
}

Subject subject_of(const JsonView& view) {
  Subject subject;
  subject.repository_id = text(view, "repository_id");
  subject.repository = text(view, "repository");
  subject.branch = text(view, "branch");
  subject.commit = text(view, "commit");
  subject.change = text(view, "change");
  subject.target_branch = text(view, "target_branch");
  subject.ci = text(view, "ci");
  subject.run_url = text(view, "run_url");
  if (const auto run = view.find("azure")) subject.azure = azure_run_of(*run);
  subject.actor = text(view, "actor");
  return subject;
}

ScanBatchRepository batch_repository_of(const JsonView& view) {
  ScanBatchRepository repository;
  repository.name = view.require_string("repository");
  repository.branch = text(view, "branch");
  repository.status = view.require_string("status");
  repository.status_reason = text(view, "status_reason");
  repository.findings_count = view.optional_integer("findings_count");
  repository.started_at = view.optional_instant("started_at");
  repository.completed_at = view.optional_instant("completed_at");
  return repository;
}

JoinSummary join_of(const JsonView& view) {
  const auto count = [&](std::string_view key) {
    return static_cast<std::uint64_t>(view.require_integer(key));
  };
  return {count("matched"), count("twins"), count("unmatched_results"), count("unmatched_findings"),
          count("unmatched_active")};
}

ScanBatch batch_of(const JsonView& view) {
  ScanBatch batch;
  batch.id = text(view, "batch_id");
  batch.repository_id = text(view, "repository_id");
  batch.type = scan_type_of(view.require("scan_type"));
  batch.origin = require_word<BatchOrigin>(view, "origin", batch_origin_names);
  batch.ending = require_word<BatchEnding>(view, "ending", ending_names);
  batch.ending_detail = text(view, "ending_detail");
  batch.status = text(view, "status");
  batch.results_status = text(view, "results_status");
  batch.error_message = text(view, "error_message");
  batch.total_repositories = view.require_integer("total_repositories");
  batch.scans_created = view.require_integer("scans_created");
  batch.scans_failed = view.require_integer("scans_failed");
  batch.scans_completed = view.require_integer("scans_completed");
  batch.scans_assessed = view.require_integer("scans_assessed");
  batch.findings_count = view.optional_integer("findings_count");
  batch.rows_received = view.require_integer("rows_received");
  batch.created_at = view.optional_instant("created_at");
  batch.started_at = view.optional_instant("started_at");
  batch.completed_at = view.optional_instant("completed_at");
  batch.details_read = view.require_boolean("details_read");
  batch.details_error = text(view, "details_error");
  batch.join = join_of(view.require("join"));
  batch.shortcomings = texts(view, "shortcomings");
  for (const auto& repository : view.require("repositories").items()) {
    batch.repositories.push_back(batch_repository_of(repository));
  }
  return batch;
}

Gap gap_of(const JsonView& view) {
  Gap gap;
  gap.cause = require_word<Cause>(view, "cause", cause_names);
  gap.detail = view.require_string("detail");
  gap.hint = text(view, "hint");
  if (const auto type = view.find("scan_type")) gap.scan_type = scan_type_of(*type);
  gap.softenable = view.require_boolean("softenable");
  return gap;
}

std::uint32_t small_number(const JsonView& view, std::string_view key) {
  const auto number = view.optional_integer(key).value_or(0);
  if (number < 0 || number > 0xFFFFFFFFLL) view.require(key).fail("out of range");
  return static_cast<std::uint32_t>(number);
}

const FindingDetails* details_of(const JsonView& view, TextPool& pool) {
  FindingDetails details;
  details.id = pool.add(view.optional_string("id").value_or(""));
  details.status = pool.intern(view.optional_string("status").value_or(""));
  details.title = pool.recall(view.optional_string("title").value_or(""));
  details.category = pool.intern(view.optional_string("category").value_or(""));
  details.cvss_vector = pool.intern(view.optional_string("cvss_vector").value_or(""));
  details.references = pool.intern_list(view.optional_strings("references"));
  details.cvss_score = view.optional_number("cvss_score");
  details.first_detected_at = view.optional_instant("first_detected_at");
  details.last_detected_at = view.optional_instant("last_detected_at");
  return pool.store(details);
}

Finding finding_of(const JsonView& view, TextPool& pool) {
  Finding finding;
  finding.fingerprint = pool.add_fingerprint(view.require_string("fingerprint"));
  finding.check_id = pool.intern(view.require_string("check_id"));
  finding.path = pool.recall(view.require_string("path"));  // rows are in the order of paths
  finding.message = pool.recall(view.require_string("message"));
  finding.severity_word = pool.intern(view.require_string("severity"));
  finding.repository = pool.intern(view.optional_string("repository").value_or(""));
  finding.cwe = pool.intern_list(view.optional_strings("cwe"));
  finding.owasp = pool.intern_list(view.optional_strings("owasp"));
  finding.line = small_number(view, "line");
  finding.end_line = small_number(view, "end_line");
  finding.line_hash = pool.add(view.optional_string("line_hash").value_or(""));
  finding.twin_group = small_number(view, "twin_group");
  const auto batch = small_number(view, "batch");
  if (batch > 0xFFFF) view.require("batch").fail("out of range");
  finding.batch = static_cast<std::uint16_t>(batch);
  if (const auto assigned = view.find("line_assigned")) finding.line_assigned = assigned->as_boolean();
  if (const auto details = view.find("details")) finding.details = details_of(*details, pool);
  return finding;
}

/// A record of a later program may have other rows, so its version is looked at before they are read. Every
/// record that this program knows of begins with it.
void refuse_other_version(std::string_view text, const std::string& what) {
  constexpr std::string_view member = "\"format\": \"";
  constexpr std::size_t head = 200;
  const auto family = record_format.substr(0, record_format.rfind('/') + 2);  // ".../v"
  const auto at = text.substr(0, head).find(member);
  if (at == std::string_view::npos) return;
  const auto begin = at + member.size();
  const auto found = text.substr(begin, text.substr(begin, head).find('"'));
  if (!found.starts_with(family) || found == record_format) return;
  throw Error(ErrorKind::input,
              what + ": /format: '" + printable(found, 60) + "' is not '" + std::string(record_format) + "'",
              "another version of kolega-gate wrote it; read it with that version or a later one");
}

Fix fix_of(const JsonView& view) {
  Fix fix{.place = std::string(view.require_string("place"))};
  fix.finding_ids = texts(view, "finding_ids");
  fix.id = text(view, "id");
  fix.status = text(view, "status");
  fix.detail = text(view, "detail");
  fix.diff = text(view, "diff");
  fix.pull_requests = texts(view, "pull_requests");
  return fix;
}

/// Scan types are not repeated in each row: the batch has it.
void assign_scan_types(Inputs& inputs, const JsonView& root) {
  inputs.findings.rows.change_all([&](Finding& row) {
    if (row.batch >= inputs.batches.size())
      root.require("findings").fail("a finding names a batch that is not there");
    row.scan_type = inputs.batches[row.batch].type;
  });
}

}  // namespace

Recorded read_recorded(const TextSource& json, const std::string& what) {
  require_kind(json.text, record_format.substr(0, record_format.rfind('/')), what, "no decision record",
               "make one with: kolega-gate run -o json=RECORD, or kolega-gate evaluate FILE -o json=RECORD");
  refuse_other_version(json.text, what);
  Inputs inputs;
  const auto tree = parse_json_rows(json, what, ErrorKind::input, "findings", [&](const JsonView& row) {
    inputs.findings.rows.push_back(finding_of(row, *inputs.findings.pool));
  });
  const JsonView root(tree, what, ErrorKind::input);
  if (root.require_string("format") != record_format) {
    root.require("format").fail("'" + printable(root.require_string("format"), 60) + "' is not '" +
                                std::string(record_format) + "'");
  }
  inputs.at = root.require("at").as_instant();
  inputs.origin = require_word<Origin>(root, "origin", origin_names);
  inputs.api_url = text(root, "api_url");
  inputs.subject = subject_of(root.require("subject"));
  for (const auto& type : root.require("scan_types").items()) inputs.scan_types.push_back(scan_type_of(type));
  if (root.find("mode_cap"))
    inputs.mode_cap = require_word<policy::Mode>(root, "mode_cap", policy::mode_names);
  if (const auto policy = root.find("policy")) inputs.policy = policy_of(*policy, what);
  if (const auto trusted = root.find("trusted_policy")) inputs.trusted_policy = trusted->as_boolean();
  if (const auto head = root.find("head_policy")) inputs.head_policy = policy_of(*head, what);
  if (const auto bypass = root.find("bypass"))
    inputs.bypass = {text(*bypass, "reason"), text(*bypass, "ticket")};
  for (const auto& batch : root.require("batches").items()) inputs.batches.push_back(batch_of(batch));
  for (const auto& gap : root.require("gaps").items()) inputs.gaps.push_back(gap_of(gap));
  for (const auto& file : root.require("files").items()) {
    inputs.files.push_back({std::string(file.require_string("name")),
                            std::string(file.require_string("sha256")),
                            std::string(file.require_string("format")), text(file, "tool")});
  }
  read_reference(root, inputs);
  inputs.notes = texts(root, "notes");
  if (const auto fixes = root.find("fixes")) {
    for (const auto& fix : fixes->items()) inputs.fixes.push_back(fix_of(fix));
  }
  assign_scan_types(inputs, root);
  return {std::move(inputs), std::string(root.require("tool").require_string("version")), text(root, "outcome")};
}

Inputs read_record(const TextSource& json, const std::string& what) {
  return read_recorded(json, what).inputs;
}

}  // namespace kolega::gate
