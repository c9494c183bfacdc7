#include "fleet/result.hpp"

#include <algorithm>
#include <sstream>

#include "api/wire.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "gate/record_names.hpp"
#include "report/view.hpp"

namespace kolega::fleet {

namespace {

constexpr std::size_t longest_name = 500;
constexpr std::size_t longest_text = 2000;

bool reaches_zero(gate::Outcome outcome) {
  switch (outcome) {
    case gate::Outcome::pass:
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return true;
    case gate::Outcome::incomplete:
    case gate::Outcome::fail:
      return false;
  }
  return false;
}

void write_counts(JsonWriter& json, std::string_view key, const std::array<std::uint64_t, 5>& counts,
                  const std::array<std::string_view, 5>& names) {
  json.key(key).begin_object();
  for (std::size_t i = 0; i < counts.size(); ++i) json.member(names[i], counts[i]);
  json.end_object();
}

void write_causes(JsonWriter& json, const Result& result) {
  json.key("causes").begin_array();
  for (const auto& entry : result.causes) {
    json.begin_object().member("cause", name_of(entry.cause));
    json.member("detail", report::cut(entry.detail, longest_text));
    if (!entry.hint.empty()) json.member("hint", report::cut(entry.hint, longest_text));
    json.member("allowed", entry.allowed).end_object();
  }
  json.end_array();
}

void write_batches(JsonWriter& json, const Result& result) {
  json.key("batches").begin_array();
  for (const auto& batch : result.batches) {
    json.begin_object().member("id", report::cut(batch.id, longest_name)).member("scan_type", name_of(batch.type));
    json.member("status", report::cut(batch.status, longest_name)).member("grade", name_of(batch.grade));
    json.end_object();
  }
  json.end_array();
}

void write_rules(JsonWriter& json, const Result& result) {
  json.key("rules").begin_array();
  for (const auto& rule : result.rules) {
    json.begin_object().member("id", rule.id).member("mode", policy::name_of(rule.mode));
    json.member("state", name_of(rule.state)).member("count", rule.count).end_object();
  }
  json.end_array();
}

void write_policy(JsonWriter& json, const PolicyMark& policy) {
  json.begin_object().member("name", report::cut(policy.name, longest_name)).member("digest", policy.digest);
  json.end_object();
}

std::string text(const JsonView& view, std::string_view key) {
  return std::string(view.optional_string(key).value_or(std::string_view{}));
}

template <class Enum, std::size_t N>
Enum require_word(const JsonView& view, std::string_view key,
                  const std::array<std::string_view, N>& names) {
  const auto word = view.require_string(key);
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) view.require(key).fail("'" + printable(word, 40) + "' is none of its words");
  return static_cast<Enum>(found - names.begin());
}

std::uint64_t require_count(const JsonView& view, std::string_view key, std::uint64_t most = UINT64_MAX) {
  const auto number = view.require_integer(key);
  if (number < 0 || static_cast<std::uint64_t>(number) > most) view.require(key).fail("out of range");
  return static_cast<std::uint64_t>(number);
}

std::string require_id(const JsonView& view, std::string_view key) {
  const auto id = view.require_string(key);
  if (!api::usable_id(id)) view.require(key).fail("not a usable id: '" + printable(id, 60) + "'");
  return std::string(id);
}

std::string require_sha256(const JsonView& view, std::string_view key) {
  const auto digest = view.require_string(key);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (digest.size() != 64 || !std::all_of(digest.begin(), digest.end(), is_digit)) {
    view.require(key).fail("not a SHA-256 in lower-case hexadecimal digits");
  }
  return std::string(digest);
}

std::array<std::uint64_t, 5> read_counts(const JsonView& view, std::string_view key,
                                         const std::array<std::string_view, 5>& names) {
  const auto object = view.require(key);
  std::array<std::uint64_t, 5> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = require_count(object, names[i]);
  return counts;
}

PolicyMark read_policy(const JsonView& view) {
  return {std::string(view.require_string("name")), require_sha256(view, "digest")};
}

std::vector<CauseNote> read_causes(const JsonView& view) {
  std::vector<CauseNote> causes;
  for (const auto& item : view.require("causes").items()) {
    auto& entry = causes.emplace_back();
    entry.cause = require_word<Cause>(item, "cause", cause_names);
    entry.detail = item.require_string("detail");
    entry.hint = text(item, "hint");
    entry.allowed = item.require_boolean("allowed");
  }
  return causes;
}

std::vector<BatchNote> read_batches(const JsonView& view) {
  std::vector<BatchNote> batches;
  for (const auto& item : view.require("batches").items()) {
    auto& batch = batches.emplace_back();
    batch.id = item.require_string("id");
    batch.type = require_word<ScanType>(item, "scan_type", scan_type_names);
    batch.status = item.require_string("status");
    batch.grade = require_word<gate::Grade>(item, "grade", gate::grade_names);
  }
  return batches;
}

std::vector<RuleNote> read_rules(const JsonView& view) {
  std::vector<RuleNote> rules;
  for (const auto& item : view.require("rules").items()) {
    auto& rule = rules.emplace_back();
    rule.id = item.require_string("id");
    rule.mode = require_word<policy::Mode>(item, "mode", policy::mode_names);
    rule.state = require_word<gate::RuleState>(item, "state", gate::rule_state_names);
    rule.count = require_count(item, "count");
  }
  return rules;
}

std::optional<RecordMark> read_mark(const JsonView& view, const std::string& repository_id) {
  const auto mark = view.find("record");
  if (!mark) return std::nullopt;
  const auto path = mark->require_string("path");
  if (path != record_path(repository_id)) {
    mark->require("path").fail("'" + printable(path, 80) + "' is not " + record_path(repository_id));
  }
  return RecordMark{std::string(path), require_sha256(*mark, "sha256")};
}

/// A result is read as untrusted: what it says of itself must hold together.
void refuse_contradictions(const JsonView& view, const Result& result) {
  const bool zero = result.exit_code == 0;
  if (zero != reaches_zero(result.outcome) || (result.exit_code == 1) != (result.outcome == gate::Outcome::fail)) {
    view.require("exit_code").fail(std::to_string(result.exit_code) + " is no exit code of the outcome '" +
                                   std::string(name_of(result.outcome)) + "'");
  }
  if (result.state == State::judged) {
    if (!result.record) view.fail("a judged repository without a record");
    return;
  }
  if (result.outcome != gate::Outcome::incomplete) view.require("outcome").fail("a verdict without a record");
  if (result.error.empty()) view.fail("neither a verdict nor an error");
  if (result.record) view.require("record").fail("a record without a verdict");
}

Selected read_selected(const JsonView& view, const Shard& shard) {
  Selected out;
  out.id = require_id(view, "id");
  out.name = view.require_string("name");
  out.shard = static_cast<std::uint32_t>(require_count(view, "shard", shard.of));
  if (out.shard == 0) view.require("shard").fail("shards count from 1");
  return out;
}

Shard read_shard(const JsonView& view) {
  constexpr std::uint64_t most = 100'000;
  Shard shard;
  shard.of = static_cast<std::uint32_t>(require_count(view, "of", most));
  if (shard.of == 0) view.require("of").fail("there is at least one shard");
  shard.number = static_cast<std::uint32_t>(require_count(view, "number", shard.of));
  if (shard.number == 0) view.require("number").fail("shards count from 1");
  return shard;
}

void write_selection(JsonWriter& json, const std::vector<Selected>& selection) {
  json.key("selection").begin_object().member("digest", selection_digest(selection));
  json.member("count", static_cast<std::uint64_t>(selection.size())).key("repositories").begin_array();
  for (const auto& entry : selection) {
    json.one_line().begin_object().member("id", entry.id).member("name", entry.name);
    json.member("shard", entry.shard).end_object();
  }
  json.end_array().end_object();
}

std::vector<Selected> read_selection(const JsonView& view, const Shard& shard) {
  std::vector<Selected> selection;
  for (const auto& item : view.require("repositories").items()) {
    selection.push_back(read_selected(item, shard));
    if (selection.size() > 1 && selection[selection.size() - 2].id >= selection.back().id) {
      item.require("id").fail("repositories are in order of their ids, each once");
    }
  }
  if (require_count(view, "count") != selection.size()) {
    view.require("count").fail(std::to_string(selection.size()) + " repositories follow");
  }
  if (require_sha256(view, "digest") != selection_digest(selection)) {
    view.require("digest").fail("it is not the digest of the repositories that follow");
  }
  return selection;
}

}  // namespace

std::string describe(const Shard& shard) {
  return std::to_string(shard.number) + "/" + std::to_string(shard.of);
}

std::string selection_digest(const std::vector<Selected>& selection) {
  Sha256 digest;
  for (const auto& entry : selection) {
    std::string line = "{\"id\":\"";
    append_json_escaped(line, entry.id);
    line += "\",\"name\":\"";
    append_json_escaped(line, entry.name);
    digest.update(line + "\",\"shard\":" + std::to_string(entry.shard) + "}\n");
  }
  return digest.finish_hex();
}

bool settled(const Result& result) {
  return result.state == State::judged && result.outcome != gate::Outcome::incomplete;
}

std::string record_path(std::string_view repository_id) {
  if (!api::usable_id(repository_id)) {
    throw Error(ErrorKind::internal, "not a usable repository id: '" + printable(repository_id, 60) + "'");
  }
  return "records/" + std::string(repository_id) + ".json";
}

Result result_of(const gate::DecisionRecord& record, int exit_code) {
  const auto& verdict = record.verdict;
  Result out;
  out.repository_id = record.inputs.subject.repository_id;
  out.repository = record.inputs.subject.repository;
  out.state = State::judged;
  out.outcome = verdict.outcome;
  out.exit_code = exit_code;
  for (const auto& entry : verdict.incomplete)
    out.causes.push_back({entry.cause, entry.detail, entry.hint, entry.allowed});
  for (std::size_t i = 0; i < record.inputs.batches.size(); ++i) {
    const auto& batch = record.inputs.batches[i];
    out.batches.push_back({batch.id, batch.type, batch.status, verdict.batches[i].grade});
  }
  out.findings = verdict.tally.total;
  out.by_severity = verdict.tally.by_severity;
  out.by_disposition = verdict.tally.by_disposition;
  for (const auto& rule : verdict.rules) out.rules.push_back({rule.id, rule.mode, rule.state, rule.count});
  return out;
}

std::string write_result(const Result& result) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::compact);
  json.begin_object().member("repository_id", result.repository_id);
  json.member("repository", report::cut(result.repository, longest_name));
  json.member("state", name_of(result.state)).member("outcome", name_of(result.outcome));
  json.member("exit_code", result.exit_code);
  write_causes(json, result);
  write_batches(json, result);
  json.member("findings", result.findings);
  write_counts(json, "by_severity", result.by_severity, severity_names);
  write_counts(json, "by_disposition", result.by_disposition, gate::disposition_names);
  write_rules(json, result);
  if (result.policy) {
    json.key("policy");
    write_policy(json, *result.policy);
  }
  if (result.record) {
    json.key("record").begin_object().member("path", result.record->path);
    json.member("sha256", result.record->sha256).end_object();
  }
  if (!result.error.empty()) json.member("error", report::cut(result.error, longest_text));
  json.member("began", format_instant(result.began)).member("ended", format_instant(result.ended));
  json.end_object().finish();
  return out.str();
}

Result read_result(std::string_view line, const std::string& where) {
  const JsonLimits limits{.depth = 8, .string_bytes = 64 * 1024, .total_bytes = 4 * 1024 * 1024};
  const auto document = parse_json(line, where, ErrorKind::input, limits);
  const JsonView view(document, where, ErrorKind::input);
  Result out;
  out.repository_id = require_id(view, "repository_id");
  out.repository = view.require_string("repository");
  out.state = require_word<State>(view, "state", state_names);
  out.outcome = require_word<gate::Outcome>(view, "outcome", gate::outcome_names);
  out.exit_code = static_cast<int>(require_count(view, "exit_code", 255));
  out.causes = read_causes(view);
  out.batches = read_batches(view);
  out.findings = require_count(view, "findings");
  out.by_severity = read_counts(view, "by_severity", severity_names);
  out.by_disposition = read_counts(view, "by_disposition", gate::disposition_names);
  out.rules = read_rules(view);
  if (const auto policy = view.find("policy")) out.policy = read_policy(*policy);
  out.record = read_mark(view, out.repository_id);
  out.error = text(view, "error");
  out.began = view.require("began").as_instant();
  out.ended = view.require("ended").as_instant();
  refuse_contradictions(view, out);
  return out;
}

std::string write_header(const Header& header) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().member("format", fleet_format).member("tool_version", header.tool_version);
  json.member("api_url", header.api_url);
  json.member("origin", gate::word_of(gate::origin_names, header.origin));
  json.member("started_at", format_instant(header.started_at));
  json.key("shard").one_line().begin_object().member("number", header.shard.number);
  json.member("of", header.shard.of).end_object();
  json.key("policies").begin_array();
  for (const auto& policy : header.policies) {
    json.one_line();
    write_policy(json, policy);
  }
  json.end_array();
  write_selection(json, header.selection);
  json.end_object().finish();
  return out.str();
}

Header read_header(std::string_view source, const std::string& where) {
  const JsonLimits limits{.depth = 8, .string_bytes = 64 * 1024, .total_bytes = 256 * 1024 * 1024};
  const auto document = parse_json(source, where, ErrorKind::input, limits);
  const JsonView view(document, where, ErrorKind::input);
  const auto format = view.require_string("format");
  if (format != fleet_format) {
    view.require("format").fail("'" + printable(format, 60) + "' is not " + std::string(fleet_format));
  }
  Header out;
  out.tool_version = view.require_string("tool_version");
  out.api_url = view.require_string("api_url");
  out.origin = require_word<gate::Origin>(view, "origin", gate::origin_names);
  out.started_at = view.require("started_at").as_instant();
  out.shard = read_shard(view.require("shard"));
  for (const auto& item : view.require("policies").items()) out.policies.push_back(read_policy(item));
  out.selection = read_selection(view.require("selection"), out.shard);
  return out;
}

}  // namespace kolega::fleet
