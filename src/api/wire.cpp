#include "api/wire.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::api {

namespace {

std::string text_of(const JsonView& object, std::string_view key) {
  return std::string(object.require_string(key));
}

std::string optional_text(const JsonView& object, std::string_view key) {
  return std::string(object.optional_string(key).value_or(""));
}

std::string id_of(const JsonView& object, std::string_view key) {
  const auto member = object.require(key);
  const auto id = member.as_string();
  if (!usable_id(id)) member.fail("not a usable id: '" + printable(id, 60) + "'");
  return std::string(id);
}

ScanType scan_type_of(const JsonView& object) {
  const auto member = object.require("scan_type");
  const auto name = member.as_string();
  for (const auto type : all_scan_types) {
    if (name_of(type) == name) return type;
  }
  member.fail("not a scan type: '" + printable(name, 60) + "'");
}

/// A time that nobody can read is no reason to lose a scan (RELIABILITY 4, polling): it is unknown.
std::optional<Instant> instant_of(const JsonView& object, std::string_view key) {
  const auto text = object.optional_string(key);
  return text ? parse_instant(*text) : std::nullopt;
}

QuotaCounter counter_of(const JsonView& document, std::string_view key) {
  const auto object = document.require(key);
  return {object.require_integer("plan"), object.require_integer("topup"), object.require_integer("used"),
          object.require_integer("remaining")};
}

/// What POST, GET and /progress have in common.
ScanBatch decode_common(const JsonView& document) {
  ScanBatch batch;
  batch.id = id_of(document, "batch_id");
  batch.repository_id = text_of(document, "repository_id");
  batch.type = scan_type_of(document);
  batch.status = text_of(document, "status");
  batch.total_repositories = document.require_integer("total_repositories");
  batch.scans_created = document.require_integer("scans_created");
  batch.scans_failed = document.require_integer("scans_failed");
  batch.scans_completed = document.require_integer("scans_completed");
  batch.scans_assessed = document.require_integer("scans_assessed");
  batch.error_message = optional_text(document, "error_message");
  batch.started_at = instant_of(document, "started_at");
  batch.completed_at = instant_of(document, "completed_at");
  return batch;
}

ScanBatchRepository decode_batch_repository(const JsonView& object) {
  ScanBatchRepository repository;
  repository.name = text_of(object, "repository");
  repository.branch = text_of(object, "branch");
  repository.status = text_of(object, "status");
  repository.status_reason = optional_text(object, "status_reason");
  repository.findings_count = object.optional_integer("findings_count");
  repository.started_at = instant_of(object, "started_at");
  repository.completed_at = instant_of(object, "completed_at");
  return repository;
}

SourceRepository decode_source(const JsonView& object) {
  return {text_of(object, "full_name"), text_of(object, "default_branch"), text_of(object, "provider"),
          optional_text(object, "html_url")};
}

}  // namespace

bool usable_id(std::string_view id) {
  const auto sane = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  };
  const bool dots = id == "." || id == "..";
  return !id.empty() && id.size() <= 128 && !dots && id.front() != '-' &&
         std::all_of(id.begin(), id.end(), sane);
}

Me decode_me(const JsonView& document) {
  Me me;
  me.organization_id = text_of(document, "organization_id");
  me.organization_name = text_of(document, "organization_name");
  me.organization_slug = text_of(document, "organization_slug");
  const auto key = document.require("api_key");
  me.key_name = text_of(key, "name");
  me.key_prefix = text_of(key, "key_prefix");
  for (const auto scope : key.optional_strings("scopes")) me.scopes.emplace_back(scope);
  return me;
}

Quota decode_quota(const JsonView& document) {
  Quota quota;
  quota.period_start = instant_of(document, "period_start");
  quota.period_end = instant_of(document, "period_end");
  quota.prs = counter_of(document, "prs");
  quota.sast_scans = counter_of(document, "sast_scans");
  quota.deep_ai_scans = counter_of(document, "deep_ai_scans");
  const auto repositories = document.require("repositories");
  quota.repositories = repositories.require_integer("current");
  quota.repositories_max = repositories.optional_integer("max");
  return quota;
}

const QuotaCounter& Quota::counter(ScanType type) const {
  return quota_of(type) == "deep_ai_scans" ? deep_ai_scans : sast_scans;
}

Repository decode_repository(const JsonView& document) {
  Repository repository;
  repository.id = id_of(document, "id");
  repository.name = text_of(document, "name");
  repository.description = optional_text(document, "description");
  repository.archived = document.require_boolean("archived");
  if (const auto sources = document.find("repositories")) {
    for (const auto& source : sources->items()) repository.sources.push_back(decode_source(source));
  }
  return repository;
}

ScanBatch decode_scan_batch(const JsonView& document) {
  auto batch = decode_common(document);
  document.require_string("created_at");
  batch.created_at = instant_of(document, "created_at");
  return batch;
}

Progress decode_progress(const JsonView& document) {
  Progress progress{decode_common(document), document.require("percent_complete").as_number()};
  if (const auto repositories = document.find("repositories")) {
    for (const auto& repository : repositories->items()) {
      progress.batch.repositories.push_back(decode_batch_repository(repository));
    }
  }
  return progress;
}

ingest::PageHead decode_page_head(const JsonView& document) {
  return {document.require_integer("total"), document.require_integer("limit"),
          document.require_integer("skip"), document.require_boolean("has_next")};
}

}  // namespace kolega::api
