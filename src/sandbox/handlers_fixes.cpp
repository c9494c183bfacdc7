#include <algorithm>
#include <set>

#include "sandbox/fix_branch.hpp"
#include "sandbox/fixes.hpp"
#include "sandbox/handlers.hpp"

namespace kolega::sandbox {

namespace {

constexpr std::array<std::string_view, 3> providers{"github", "gitlab", "azure_devops"};
constexpr std::int64_t longest_title = 200;
constexpr std::int64_t longest_refinement = 12'000;

void write_pull_requests(JsonWriter& json, const Store& store, const FixRecord& fix) {
  json.key("pull_requests").begin_array();
  for (const auto& request : fix.pull_requests) {
    json.begin_object();
    json.member("repo_full_name", store.repositories[fix.repository].config.full_name);
    json.member("branch_name", request.branch).member("pr_number", request.number);
    json.member("pr_url", request.url).member("merge_status", request.merged_at ? "merged" : "open");
    write_instant(json, "created_at", request.created_at);
    write_instant(json, "merged_at", request.merged_at);
    json.end_object();
  }
  json.end_array();
}

void write_fix(JsonWriter& json, const Store& store, const FixRecord& fix) {
  json.begin_object().member("id", fix.id);
  json.member("repository_id", store.repositories[fix.repository].config.id);
  json.key("finding_ids").begin_array();
  for (const auto& id : fix.finding_ids) json.value(id);
  json.end_array().member("title", fix.title).member("status", name_of(fix.status));
  json.member("source_repo", fix.source_repo).member("source_repo_provider", fix.provider);
  write_text_or_null(json, "source_scan_branch", fix.scan_branch.value_or(""));
  write_text_or_null(json, "source_base_commit_sha", fix.base_commit);
  write_text_or_null(json, "error_message", fix.error);
  write_pull_requests(json, store, fix);
  write_instant(json, "created_at", fix.created_at);
  write_instant(json, "started_at", fix.started_at);
  write_instant(json, "completed_at", fix.completed_at);
  json.end_object();
}

net::ServerResponse fix_answer(int status, const Store& store, const FixRecord& fix) {
  return json_answer(status, [&](JsonWriter& json) { write_fix(json, store, fix); });
}

/// Answers for the fix of the path, or says what of the path does not exist.
template <class Answer>
net::ServerResponse with_fix(Call& call, Answer answer) {
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  auto* fix = find_fix(call.store, *repository, call.path[1]);
  if (!fix) return not_found("Fix");
  return answer(*fix);
}

net::ServerResponse wrong_state(const FixRecord& fix, std::string_view wanted) {
  return detail_answer(409,
                       "The fix is " + std::string(name_of(fix.status)) + "; only " + std::string(wanted));
}

void write_seconds(JsonWriter& json, const FixRecord& fix, Instant now) {
  json.key("duration_seconds");
  if (!fix.started_at) {
    json.null();
    return;
  }
  json.value(std::chrono::duration<double>(fix.completed_at.value_or(now) - *fix.started_at).count());
}

FixRecord read_fix(BodyReader& body) {
  FixRecord fix;
  fix.finding_ids = body.texts("finding_ids", 1).value_or(std::vector<std::string>{});
  fix.title = body.required_text("title", 1, longest_title);
  fix.instructions.push_back(body.required_text("instructions", 1));
  fix.source_repo = body.required_text("source_repo", 0);
  fix.provider = body.literal("source_repo_provider", providers).value_or("github");
  fix.scan_branch = body.optional_text("source_scan_branch");
  return fix;
}

/// A finding that is named twice is fixed once.
void drop_repeats(std::vector<std::string>& ids) {
  std::set<std::string> seen;
  std::erase_if(ids, [&seen](const std::string& id) { return !seen.insert(id).second; });
}

BranchTask read_branch_task(BodyReader& body) {
  BranchTask task;
  task.title = body.optional_text("title").value_or("");
  task.body = body.optional_text("body").value_or("");
  task.name = body.optional_text("branch_name").value_or("");
  if (!task.name.empty() && !is_branch_name(task.name)) {
    body.refuse("branch_name", "this is no name for a branch here: letters, digits, '.', '_', '-' and '/'");
  }
  return task;
}

/// What was not given: a title and a text made of the fix, a branch named after it.
void complete_task(BranchTask& task, const Store& store, const FixRecord& fix, Instant now) {
  task.directory = store.repositories[fix.repository].config.directory;
  task.base_commit = fix.base_commit;
  task.diff = fix.diff;
  task.stem = "kolega/fix-" + fix.id.substr(0, 8);
  task.at = now;
  if (task.title.empty()) task.title = fix.title;
  if (task.body.empty()) task.body = "Made by the fixer of the sandbox for fix " + fix.id + ".";
}

/// The outcome of a branch under way, kept between the work and the answer.
struct BranchOutcome {
  BranchTask task{};
  MadeBranch branch{};
  std::optional<Error> error{};
};

net::ServerResponse answer_branch(Store& store, std::size_t index, const BranchOutcome& outcome,
                                  Instant now) {
  auto& fix = store.fixes[index];
  fix.opening_pull_request = false;
  if (outcome.error) {
    const bool name_taken = outcome.error->kind() == ErrorKind::usage;
    if (!name_taken) fail_pull_request(store, fix, outcome.error->message());
    return detail_answer(409, "No pull request: " + outcome.error->message());
  }
  add_pull_request(store, fix, outcome.branch, now);
  return json_answer(201, [&](JsonWriter& json) {
    json.begin_object().member("fix_id", fix.id);
    write_pull_requests(json, store, fix);
    json.end_object();
  });
}

}  // namespace

net::ServerResponse list_fixes(Call& call) {
  QueryReader query(call.target.query);
  const auto finding_id = query.text("finding_id");
  const auto page = read_page(query, 50);
  if (!query.issues().empty()) return unprocessable(query.issues());
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  std::vector<const FixRecord*> shown;
  for (auto fix = call.store.fixes.rbegin(); fix != call.store.fixes.rend(); ++fix) {  // newest first
    if (&call.store.repositories[fix->repository] != repository) continue;
    const auto& ids = fix->finding_ids;
    if (!finding_id || std::find(ids.begin(), ids.end(), *finding_id) != ids.end()) shown.push_back(&*fix);
  }
  return page_answer(shown, page,
                     [&call](JsonWriter& json, const auto* item) { write_fix(json, call.store, *item); });
}

net::ServerResponse create_fix(Call& call) {
  BodyReader body(call.request);
  auto fix = body.readable() ? read_fix(body) : FixRecord{};
  if (!body.issues().empty()) return unprocessable(body.issues());
  const auto* repository = find_repository(call.store, call.path[0]);
  if (!repository) return not_found("Repository");
  if (fix.source_repo != repository->config.full_name) {
    body.refuse("source_repo", "this repository has no source repository of that name");
    return unprocessable(body.issues());
  }
  drop_repeats(fix.finding_ids);
  for (const auto& id : fix.finding_ids) {
    if (!repository->findings.contains(id)) return not_found("Finding");
  }
  if (used_quota(call.store, "prs", call.now.wall) >= call.store.config.quotas.prs)
    return quota_exhausted("prs");
  fix.repository = static_cast<std::size_t>(repository - call.store.repositories.data());
  auto& added = add_fix(call.store, std::move(fix), call.now.wall);
  call.start_fixer(added);
  return fix_answer(201, call.store, added);
}

net::ServerResponse get_fix(Call& call) {
  return with_fix(call, [&call](const FixRecord& fix) { return fix_answer(200, call.store, fix); });
}

net::ServerResponse get_fix_diff(Call& call) {
  return with_fix(call, [](const FixRecord& fix) {
    return json_answer(200, [&fix](JsonWriter& json) {
      json.begin_object().member("fix_id", fix.id).member("status", name_of(fix.status));
      write_text_or_null(json, "diff", has_patch(fix) ? fix.diff : std::string_view{});
      json.end_object();
    });
  });
}

net::ServerResponse get_fix_progress(Call& call) {
  return with_fix(call, [&call](const FixRecord& fix) {
    return json_answer(200, [&](JsonWriter& json) {
      json.begin_object().member("fix_id", fix.id);
      json.member("repository_id", call.store.repositories[fix.repository].config.id);
      json.member("status", name_of(fix.status));
      write_instant(json, "started_at", fix.started_at);
      write_instant(json, "completed_at", fix.completed_at);
      write_seconds(json, fix, call.now.wall);
      json.member("agent_steps_completed", fix.steps);
      // A fixer says nothing while it works; that it still works is the activity.
      const bool works = fix.status == FixStatus::running;
      write_instant(json, "latest_activity_at", works ? call.now.wall : fix.latest_activity_at);
      write_text_or_null(json, "error_message", fix.error);
      json.end_object();
    });
  });
}

net::ServerResponse refine_fix(Call& call) {
  BodyReader body(call.request);
  auto instructions =
      body.readable() ? body.required_text("instructions", 1, longest_refinement) : std::string{};
  if (!body.issues().empty()) return unprocessable(body.issues());
  return with_fix(call, [&](FixRecord& fix) {
    if (fix.status != FixStatus::completed) return wrong_state(fix, "a completed fix can be refined");
    if (fix.opening_pull_request) return detail_answer(409, "A pull request of this fix is being created");
    refine_fix(call.store, fix, std::move(instructions));
    call.start_fixer(fix);
    return fix_answer(200, call.store, fix);
  });
}

net::ServerResponse cancel_fix(Call& call) {
  return with_fix(call, [&call](FixRecord& fix) {
    if (!can_cancel(fix)) return wrong_state(fix, "a pending or running fix can be cancelled");
    cancel_fix(call.store, fix, call.now.wall);
    return fix_answer(200, call.store, fix);
  });
}

net::ServerResponse create_pull_requests(Call& call) {
  BodyReader body(call.request);
  auto outcome = std::make_shared<BranchOutcome>();
  if (body.readable()) outcome->task = read_branch_task(body);
  if (!body.issues().empty()) return unprocessable(body.issues());
  return with_fix(call, [&](FixRecord& fix) {
    if (!has_patch(fix)) return wrong_state(fix, "a completed fix with a diff gets pull requests");
    if (fix.opening_pull_request) return detail_answer(409, "A pull request of this fix is being created");
    fix.opening_pull_request = true;
    complete_task(outcome->task, call.store, fix, call.now.wall);
    const auto index = static_cast<std::size_t>(&fix - call.store.fixes.data());
    call.later.work = [outcome] {
      try {
        outcome->branch = make_branch(outcome->task);
      } catch (const Error& error) {
        outcome->error = error;
      }
    };
    call.later.answer = [outcome, index](Store& store, Moment now) {
      return answer_branch(store, index, *outcome, now.wall);
    };
    return net::ServerResponse{};
  });
}

}  // namespace kolega::sandbox
