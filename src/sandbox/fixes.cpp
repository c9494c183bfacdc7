#include "sandbox/fixes.hpp"

#include "sandbox/events.hpp"
#include "sandbox/source_url.hpp"

namespace kolega::sandbox {

namespace {

/// An event is about a finding, so a fix tells one for each of its findings.
void tell(Store& store, const FixRecord& fix, std::string_view type, Instant at,
          const std::map<std::string, std::string>& more = {}) {
  const auto& repository = store.repositories[fix.repository];
  for (const auto& id : fix.finding_ids) {
    const auto finding = repository.findings.find(id);
    if (finding == repository.findings.end()) continue;
    EventFacts facts;
    facts.type = type;
    facts.at = at;
    facts.metadata = more;
    facts.metadata["fix_id"] = fix.id;
    add_event(store, repository, finding->second, std::move(facts));
  }
}

std::map<std::string, std::string> facts_of(const PullRequestRecord& request) {
  return {{"branch_name", request.branch},
          {"merge_status", request.merged_at ? "merged" : "open"},
          {"pr_number", std::to_string(request.number)},
          {"pr_url", request.url}};
}

void mark(Store& store, const FixRecord& fix) {
  store.changes.fixes.insert(static_cast<std::size_t>(&fix - store.fixes.data()));
}

void end_fix(Store& store, FixRecord& fix, FixStatus status, Instant now) {
  mark(store, fix);
  fix.status = status;
  fix.completed_at = now;
  fix.latest_activity_at = now;
}

}  // namespace

FixRecord* find_fix(Store& store, const RepositoryRecord& repository, std::string_view id) {
  for (auto& fix : store.fixes) {
    if (fix.id == id && &store.repositories[fix.repository] == &repository) return &fix;
  }
  return nullptr;
}

FixRecord& add_fix(Store& store, FixRecord fix, Instant now) {
  fix.number = store.next_fix++;
  fix.id = make_id(store, "fix", std::to_string(fix.number));
  fix.created_at = now;
  auto& added = store.fixes.emplace_back(std::move(fix));
  mark(store, added);
  tell(store, added, "fix_created", now);
  return added;
}

void refine_fix(Store& store, FixRecord& fix, std::string instructions) {
  mark(store, fix);
  fix.instructions.push_back(std::move(instructions));
  fix.status = FixStatus::pending;
  fix.completed_at.reset();
  fix.started_at.reset();
  fix.cancel = std::make_shared<std::stop_source>();
}

bool can_cancel(const FixRecord& fix) {
  return fix.status == FixStatus::pending || fix.status == FixStatus::running;
}

void cancel_fix(Store& store, FixRecord& fix, Instant now) {
  end_fix(store, fix, FixStatus::cancelled, now);
  fix.cancel->request_stop();
  tell(store, fix, "fix_cancelled", now);
}

bool has_patch(const FixRecord& fix) {
  return (fix.status == FixStatus::completed || fix.status == FixStatus::pr_creation_failed) &&
         !fix.diff.empty();
}

FixTask make_task(const Store& store, const FixRecord& fix) {
  const auto& repository = store.repositories[fix.repository];
  FixTask task;
  task.fix_id = fix.id;
  task.title = fix.title;
  task.instructions = fix.instructions;
  for (const auto& id : fix.finding_ids) task.findings.push_back({id, repository.findings.at(id).seen});
  task.repository = repository.config.full_name;
  task.branch = fix.scan_branch.value_or(repository.config.branch);
  task.directory = repository.config.directory;
  task.command = repository.config.fixer;
  task.timeout = store.config.command_timeout;
  task.earlier_diff = fix.diff;
  return task;
}

void start_fix(Store& store, FixRecord& fix, Instant now) {
  if (fix.status != FixStatus::pending) return;
  mark(store, fix);
  fix.status = FixStatus::running;
  fix.started_at = now;
  fix.latest_activity_at = now;
  tell(store, fix, "fix_started", now);
}

void step_fix(Store& store, FixRecord& fix, Instant now) {
  if (fix.status != FixStatus::running) return;
  mark(store, fix);
  ++fix.steps;
  fix.latest_activity_at = now;
}

void complete_fix(Store& store, FixRecord& fix, FixResult result, Instant now) {
  if (fix.status != FixStatus::running) return;
  fix.diff = std::move(result.diff);
  fix.base_commit = std::move(result.base_commit);
  end_fix(store, fix, FixStatus::completed, now);
  tell(store, fix, "fix_completed", now);
}

void fail_fix(Store& store, FixRecord& fix, std::string why, Instant now) {
  if (!can_cancel(fix)) return;
  fix.error = std::move(why);
  end_fix(store, fix, FixStatus::failed, now);
  tell(store, fix, "fix_failed", now);
}

void fail_pull_request(Store& store, FixRecord& fix, std::string why) {
  mark(store, fix);
  fix.status = FixStatus::pr_creation_failed;
  fix.error = std::move(why);
}

void add_pull_request(Store& store, FixRecord& fix, MadeBranch branch, Instant now) {
  mark(store, fix);
  PullRequestRecord request;
  request.number = store.next_pull_request++;
  request.branch = std::move(branch.name);
  request.commit = std::move(branch.commit);
  request.url = pull_request_url(store.repositories[fix.repository].config, request.number);
  request.created_at = now;
  const auto facts = facts_of(request);
  fix.pull_requests.push_back(std::move(request));
  fix.status = FixStatus::completed;
  fix.error.clear();
  tell(store, fix, "fix_pr_created", now, facts);
}

std::vector<OpenPullRequest> open_pull_requests(const Store& store) {
  std::vector<OpenPullRequest> out;
  for (std::size_t i = 0; i < store.fixes.size(); ++i) {
    const auto& fix = store.fixes[i];
    const auto& repository = store.repositories[fix.repository].config;
    for (std::size_t k = 0; k < fix.pull_requests.size(); ++k) {
      const auto& request = fix.pull_requests[k];
      if (!request.merged_at) out.push_back({i, k, repository.directory, request.commit, repository.branch});
    }
  }
  return out;
}

void merge_pull_request(Store& store, const OpenPullRequest& merged, Instant now) {
  auto& fix = store.fixes[merged.fix];
  auto& request = fix.pull_requests[merged.request];
  if (request.merged_at) return;
  mark(store, fix);
  request.merged_at = now;
  tell(store, fix, "fix_pr_updated", now, facts_of(request));
  auto& repository = store.repositories[fix.repository];
  for (const auto& id : fix.finding_ids) {
    const auto finding = repository.findings.find(id);
    if (finding == repository.findings.end()) continue;
    EventFacts facts{.type = "resolved_pr_merged", .at = now, .metadata = facts_of(request)};
    facts.metadata["fix_id"] = fix.id;
    change_status(store, repository, finding->second, TriageStatus::resolved, std::move(facts));
  }
}

}  // namespace kolega::sandbox
