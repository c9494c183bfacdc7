#include "sandbox/archive_documents.hpp"

#include <boost/json/object.hpp>
#include <sstream>

#include "base/json.hpp"
#include "sandbox/fixes.hpp"
#include "sandbox/handlers.hpp"

namespace kolega::sandbox {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

template <class Write>
std::string encode(Write write) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::compact);
  json.begin_object();
  write(json);
  json.end_object().finish();
  return std::move(out).str();
}

template <class Read>
auto decode(std::string_view text, const std::string& what, Read read) {
  JsonLimits limits;
  limits.string_bytes = 1ULL << 30;
  const auto name = "the sandbox's data: " + what;
  const auto tree = parse_json(text, name, ErrorKind::usage, limits);
  return read(JsonView(tree, name, ErrorKind::usage));
}

template <class Texts>
void write_texts(JsonWriter& json, std::string_view key, const Texts& texts) {
  json.key(key).begin_array();
  for (const auto& text : texts) json.value(std::string_view(text));
  json.end_array();
}

std::vector<std::string> read_texts(const JsonView& view, std::string_view key) {
  std::vector<std::string> out;
  for (const auto text : view.optional_strings(key)) out.emplace_back(text);
  return out;
}

std::string read_text(const JsonView& view, std::string_view key) {
  return std::string(view.optional_string(key).value_or(""));
}

Instant read_instant(const JsonView& view, std::string_view key) {
  return view.require(key).as_instant();
}

template <class Find>
auto read_word(const JsonView& view, std::string_view key, Find find) {
  const auto found = find(view.require_string(key));
  if (!found) view.require(key).fail("a word that this version does not know");
  return *found;
}

void write_details(JsonWriter& json, const FindingDetails& details) {
  json.key("details").begin_object();
  json.member("title", details.title.view()).member("category", details.category.view());
  json.member("cvss_vector", details.cvss_vector.view());
  write_texts(json, "references", details.references);
  if (details.cvss_score) json.member("cvss_score", *details.cvss_score);
  json.end_object();
}

void write_row(JsonWriter& json, const Finding& finding) {
  json.begin_object().member("fingerprint", finding.fingerprint.str());
  json.member("check_id", finding.check_id.view()).member("path", finding.path.view());
  json.member("message", finding.message.view()).member("severity", finding.severity_word.view());
  write_texts(json, "cwe", finding.cwe);
  write_texts(json, "owasp", finding.owasp);
  json.member("line", finding.line).member("end_line", finding.end_line);
  if (finding.details) write_details(json, *finding.details);
  json.end_object();
}

const FindingDetails* read_details(const JsonView& view, TextPool& pool) {
  FindingDetails details;
  details.title = pool.add(read_text(view, "title"));
  details.category = pool.intern(read_text(view, "category"));
  details.cvss_vector = pool.intern(read_text(view, "cvss_vector"));
  details.references = pool.intern_list(view.optional_strings("references"));
  details.cvss_score = view.optional_number("cvss_score");
  return pool.store(details);
}

Finding read_row(const JsonView& view, ScanType type, TextPool& pool) {
  Finding finding;
  finding.scan_type = type;
  finding.fingerprint = pool.add_fingerprint(view.require_string("fingerprint"));
  finding.check_id = pool.intern(view.require_string("check_id"));
  finding.path = pool.intern(view.require_string("path"));
  finding.message = pool.add(view.require_string("message"));
  finding.severity_word = pool.intern(view.require_string("severity"));
  finding.cwe = pool.intern_list(view.optional_strings("cwe"));
  finding.owasp = pool.intern_list(view.optional_strings("owasp"));
  finding.line = static_cast<std::uint32_t>(view.require_integer("line"));
  finding.end_line = static_cast<std::uint32_t>(view.require_integer("end_line"));
  if (const auto details = view.find("details")) finding.details = read_details(*details, pool);
  return finding;
}

void write_pull_request(JsonWriter& json, const PullRequestRecord& request) {
  json.begin_object().member("number", request.number).member("branch", request.branch);
  json.member("url", request.url);
  write_instant(json, "created_at", request.created_at);
  json.member("commit", request.commit);
  write_instant(json, "merged_at", request.merged_at);
  json.end_object();
}

PullRequestRecord read_pull_request(const JsonView& view) {
  return {view.require_integer("number"),   read_text(view, "branch"), read_text(view, "url"),
          read_instant(view, "created_at"), read_text(view, "commit"), view.optional_instant("merged_at")};
}

std::optional<FixStatus> find_fix_status(std::string_view word) {
  const auto found = std::find(fix_status_names.begin(), fix_status_names.end(), word);
  if (found == fix_status_names.end()) return std::nullopt;
  return static_cast<FixStatus>(found - fix_status_names.begin());
}

std::optional<TriageStatus> optional_status(const JsonView& view, std::string_view key) {
  const auto word = view.optional_string(key);
  return word ? find_triage_status(*word) : std::nullopt;
}

}  // namespace

std::string encode_harvest(const Harvest& harvest) {
  return encode([&harvest](JsonWriter& json) {
    json.member("usable", harvest.usable);
    write_texts(json, "problems", harvest.problems);
    json.key("findings").begin_array();
    for (const auto& finding : harvest.findings.rows) write_row(json, finding);
    json.end_array();
  });
}

Harvest decode_harvest(std::string_view text, ScanType type) {
  return decode(text, "a scan's findings", [type](const JsonView& view) {
    Harvest harvest;
    harvest.usable = view.require_boolean("usable");
    harvest.problems = read_texts(view, "problems");
    for (const auto& row : view.require("findings").items()) {
      harvest.findings.rows.push_back(read_row(row, type, *harvest.findings.pool));
    }
    return harvest;
  });
}

std::string encode_batch(const BatchRecord& batch) {
  return encode([&batch](JsonWriter& json) {
    json.member("id", batch.id).member("type", name_of(batch.type)).member("settled", batch.settled);
    write_instant(json, "created_at", batch.created.wall);
    const auto took = duration_cast<microseconds>(batch.harvested - batch.created.steady).count();
    json.member("harvested_after_us", static_cast<std::int64_t>(took));
    write_texts(json, "finding_ids", batch.finding_ids);
  });
}

BatchRecord decode_batch(std::string_view text) {
  return decode(text, "a scan", [](const JsonView& view) {
    BatchRecord batch;
    batch.id = view.require_string("id");
    batch.type = read_word(view, "type", [](auto word) { return find_scan_type(word); });
    batch.settled = view.require_boolean("settled");
    batch.created.wall = read_instant(view, "created_at");
    batch.harvested = sys::SteadyTime(microseconds(view.require_integer("harvested_after_us")));
    batch.finding_ids = read_texts(view, "finding_ids");
    return batch;
  });
}

std::string encode_finding(const FindingRecord& finding) {
  return encode([&finding](JsonWriter& json) {
    json.member("id", finding.id).member("status", name_of(finding.status));
    write_instant(json, "first_detected_at", finding.first_detected_at);
    write_instant(json, "last_detected_at", finding.last_detected_at);
    write_instant(json, "updated_at", finding.updated_at);
    write_instant(json, "resolved_at", finding.resolved_at);
  });
}

FindingRecord decode_finding(std::string_view text) {
  return decode(text, "a finding", [](const JsonView& view) {
    FindingRecord finding;
    finding.id = view.require_string("id");
    finding.status = read_word(view, "status", find_triage_status);
    finding.first_detected_at = read_instant(view, "first_detected_at");
    finding.last_detected_at = read_instant(view, "last_detected_at");
    finding.updated_at = read_instant(view, "updated_at");
    finding.resolved_at = view.optional_instant("resolved_at");
    return finding;
  });
}

std::string encode_event(const EventRecord& event) {
  return encode([&event](JsonWriter& json) {
    json.member("id", event.id).member("repository_id", event.repository_id);
    json.member("finding_id", event.finding_id).member("type", event.type).member("scan_id", event.scan_id);
    json.member("scan_type", name_of(event.scan_type)).member("severity", event.severity);
    json.member("check_id", event.check_id).member("path", event.path);
    if (event.previous) json.member("previous", name_of(*event.previous));
    if (event.current) json.member("current", name_of(*event.current));
    json.key("metadata").begin_object();
    for (const auto& [name, value] : event.metadata) json.member(name, value);
    json.end_object();
    write_instant(json, "at", event.at);
  });
}

EventRecord decode_event(std::string_view text) {
  return decode(text, "an event", [](const JsonView& view) {
    EventRecord event;
    event.id = view.require_string("id");
    event.repository_id = view.require_string("repository_id");
    event.finding_id = view.require_string("finding_id");
    event.type = view.require_string("type");
    event.scan_id = read_text(view, "scan_id");
    event.scan_type = read_word(view, "scan_type", [](auto word) { return find_scan_type(word); });
    event.severity = read_text(view, "severity");
    event.check_id = read_text(view, "check_id");
    event.path = read_text(view, "path");
    event.previous = optional_status(view, "previous");
    event.current = optional_status(view, "current");
    const auto metadata = view.require("metadata");
    if (!metadata.raw().is_object()) metadata.fail("not an object");
    for (const auto& [name, value] : metadata.raw().get_object()) {
      event.metadata[std::string(name)] = metadata.require_string(name);
    }
    event.at = read_instant(view, "at");
    return event;
  });
}

std::string encode_fix(const FixRecord& fix) {
  return encode([&fix](JsonWriter& json) {
    json.member("id", fix.id).member("title", fix.title).member("status", name_of(fix.status));
    write_texts(json, "finding_ids", fix.finding_ids);
    write_texts(json, "instructions", fix.instructions);
    json.member("source_repo", fix.source_repo).member("provider", fix.provider);
    if (fix.scan_branch) json.member("scan_branch", *fix.scan_branch);
    json.member("base_commit", fix.base_commit).member("error", fix.error).member("steps", fix.steps);
    write_instant(json, "created_at", fix.created_at);
    write_instant(json, "started_at", fix.started_at);
    write_instant(json, "completed_at", fix.completed_at);
    write_instant(json, "latest_activity_at", fix.latest_activity_at);
    json.key("pull_requests").begin_array();
    for (const auto& request : fix.pull_requests) write_pull_request(json, request);
    json.end_array();
  });
}

FixRecord decode_fix(std::string_view text) {
  return decode(text, "a fix", [](const JsonView& view) {
    FixRecord fix;
    fix.id = view.require_string("id");
    fix.title = view.require_string("title");
    fix.status = read_word(view, "status", find_fix_status);
    fix.finding_ids = read_texts(view, "finding_ids");
    fix.instructions = read_texts(view, "instructions");
    fix.source_repo = read_text(view, "source_repo");
    fix.provider = read_text(view, "provider");
    if (const auto branch = view.optional_string("scan_branch")) fix.scan_branch = std::string(*branch);
    fix.base_commit = read_text(view, "base_commit");
    fix.error = read_text(view, "error");
    fix.steps = view.require_integer("steps");
    fix.created_at = read_instant(view, "created_at");
    fix.started_at = view.optional_instant("started_at");
    fix.completed_at = view.optional_instant("completed_at");
    fix.latest_activity_at = view.optional_instant("latest_activity_at");
    for (const auto& request : view.require("pull_requests").items()) {
      fix.pull_requests.push_back(read_pull_request(request));
    }
    return fix;
  });
}

}  // namespace kolega::sandbox
