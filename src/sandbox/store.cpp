#include "sandbox/store.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/glob.hpp"
#include "sandbox/batch_view.hpp"
#include "sandbox/events.hpp"

namespace kolega::sandbox {

namespace {

std::string digest_id(std::uint64_t seed, std::string_view kind, std::string_view name) {
  return sha256_hex(std::to_string(seed) + '\n' + std::string(kind) + '\n' + std::string(name)).substr(0, 24);
}

}  // namespace

std::string make_id(const Store& store, std::string_view kind, std::string_view name) {
  return digest_id(store.config.seed, kind, name);
}

Store make_store(Config config, Instant now) {
  Store store;
  store.config = std::move(config);
  for (auto repository : store.config.repositories) {
    if (repository.id.empty()) repository.id = make_id(store, "repository", repository.full_name);
    store.repositories.push_back({std::move(repository), now, {}});
  }
  return store;
}

RepositoryRecord* find_repository(Store& store, std::string_view id) {
  for (auto& repository : store.repositories) {
    if (repository.config.id == id) return &repository;
  }
  return nullptr;
}

BatchRecord* find_batch(Store& store, const RepositoryRecord& repository, std::string_view id) {
  for (auto& batch : store.batches) {
    if (batch.id == id && &store.repositories[batch.repository] == &repository) return &batch;
  }
  return nullptr;
}

const Feed& feed_of(const Store& store, const BatchRecord& batch) {
  static const Feed none;
  const auto& feeds = store.repositories[batch.repository].config.feeds;
  const auto found = feeds.find(batch.type);
  return found == feeds.end() ? none : found->second;
}

BatchRecord& add_batch(Store& store, const RepositoryRecord& repository, ScanType type, Moment now) {
  BatchRecord batch;
  batch.number = store.next_batch++;
  batch.id = make_id(store, "batch", std::to_string(batch.number));
  batch.repository = static_cast<std::size_t>(&repository - store.repositories.data());
  batch.type = type;
  batch.created = now;
  store.changes.batches.insert(store.batches.size());
  return store.batches.emplace_back(std::move(batch));
}

Period period_of(Instant now) {
  using namespace std::chrono;
  const year_month_day today(floor<days>(now));
  const auto month = today.year() / today.month();
  return {sys_days(month / 1), sys_days((month + months(1)) / 1)};
}

std::int64_t used_quota(const Store& store, std::string_view quota_type, Instant now) {
  const auto start = period_of(now).start;
  if (quota_type == "prs") {
    return std::count_if(store.fixes.begin(), store.fixes.end(),
                         [start](const FixRecord& fix) { return fix.created_at >= start; });
  }
  return std::count_if(store.batches.begin(), store.batches.end(), [&](const BatchRecord& batch) {
    return quota_of(batch.type) == quota_type && batch.created.wall >= start;
  });
}

namespace {

/// The status that the configuration gives to such a finding when it is seen for the first time.
const ScriptedTriage* find_scripted(const RepositoryConfig& repository, const Finding& finding) {
  for (const auto& script : repository.triage) {
    if ((script.check_id.empty() || script.check_id == finding.check_id.view()) &&
        (script.path.empty() || glob_match(script.path, finding.path)) &&
        (script.fingerprint.empty() || finding.fingerprint == script.fingerprint)) {
      return &script;
    }
  }
  return nullptr;
}

void detect_first(Store& store, RepositoryRecord& repository, FindingRecord& record,
                  const EventFacts& facts) {
  auto detected = facts;
  detected.type = "detected";
  detected.current = record.status;
  record.first_detected_at = facts.at;
  add_event(store, repository, record, std::move(detected));
  const auto* script = find_scripted(repository.config, *record.seen);
  if (!script) return;
  auto changed = facts;
  changed.type = "status_changed";
  changed.scan_id.clear();
  change_status(store, repository, record, script->status, std::move(changed));
}

void detect_again(Store& store, RepositoryRecord& repository, FindingRecord& record, EventFacts facts) {
  if (record.status != TriageStatus::resolved) return;
  facts.type = "reopened";
  change_status(store, repository, record, TriageStatus::open, std::move(facts));
}

/// What a whole scan of the same type did not see any more is gone; what somebody else triaged stays as it
/// is.
void resolve_unseen(Store& store, RepositoryRecord& repository, const BatchRecord& batch,
                    const EventFacts& facts) {
  for (auto& [id, record] : repository.findings) {
    const bool seen = std::binary_search(batch.finding_ids.begin(), batch.finding_ids.end(), id);
    if (seen || record.seen->scan_type != batch.type || record.status != TriageStatus::open) continue;
    auto resolved = facts;
    resolved.type = "resolved_auto";
    change_status(store, repository, record, TriageStatus::resolved, std::move(resolved));
  }
}

void settle(Store& store, BatchRecord& batch, const BatchView& view) {
  batch.settled = true;
  store.changes.batches.insert(static_cast<std::size_t>(&batch - store.batches.data()));
  auto& repository = store.repositories[batch.repository];
  EventFacts facts;
  facts.at = *view.completed_at;
  facts.scan_id = batch.id;
  for (const auto& finding : served_findings(batch, view)) {
    const auto key = std::string(name_of(batch.type)) + '\n' + finding.fingerprint.str();
    const auto id = make_id(store, "finding", repository.config.id + '\n' + key);
    batch.finding_ids.push_back(id);
    auto [entry, added] = repository.findings.try_emplace(id);
    auto& record = entry->second;
    record.seen = std::shared_ptr<const Finding>(batch.harvest, &finding);
    record.seen_in = static_cast<std::size_t>(&batch - store.batches.data());
    store.changes.findings.emplace(batch.repository, id);
    record.last_detected_at = facts.at;
    record.updated_at = facts.at;
    record.id = id;
    added ? detect_first(store, repository, record, facts) : detect_again(store, repository, record, facts);
  }
  auto& ids = batch.finding_ids;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());  // a saved document may repeat a fingerprint
  if (view.whole) resolve_unseen(store, repository, batch, facts);
}

}  // namespace

void settle_batches(Store& store, sys::SteadyTime now) {
  std::vector<std::pair<sys::SteadyTime, BatchRecord*>> ended;
  for (auto& batch : store.batches) {
    if (batch.settled) continue;
    if (const auto end = find_end(store, batch); end && *end <= now) ended.emplace_back(*end, &batch);
  }
  std::stable_sort(ended.begin(), ended.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [end, batch] : ended) settle(store, *batch, view_batch(store, *batch, now));
}

}  // namespace kolega::sandbox
