#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <deque>
#include <mutex>

#include "base/text.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/device_login.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/feed.hpp"
#include "sandbox/fixes.hpp"
#include "sandbox/jobs.hpp"
#include "sandbox/routes.hpp"

namespace kolega::sandbox {

namespace {

constexpr std::size_t scanners_at_once = 4;
constexpr std::size_t requests_kept = 100'000;
/// How often git is asked what became of the fix branches.
constexpr Duration between_looks{1000};

/// The token of "Authorization: Bearer TOKEN"; nothing when the header is absent or of another scheme.
std::optional<std::string_view> bearer_token(const net::ServerRequest& request) {
  const auto header = request.header("Authorization");
  if (!header) return std::nullopt;
  const auto blank = header->find(' ');
  if (blank == std::string_view::npos || !iequals_ascii(header->substr(0, blank), "Bearer"))
    return std::nullopt;
  return trim(header->substr(blank + 1));
}

}  // namespace

struct Sandbox::State {
  State(Config config, Secret key, const sys::System& surroundings)
      : system(surroundings),
        token(std::move(key)),
        faults(config.faults),
        store(make_store(std::move(config), system.now())) {
    if (store.config.data.empty()) return;
    archive.emplace(store.config.data, store.config.seed);
    archive->load(store, {system.now(), system.steady()});
    archive->save(store);
  }

  net::ServerResponse answer(const net::ServerRequest& request, const Target& target, RouteMatch& match,
                             Later& later);
  net::ServerResponse finish(const Later& later);
  void start_feed(const BatchRecord& batch);
  void start_fixer(const FixRecord& fix);
  void run_fix(std::size_t index, const std::stop_token& stop);
  /// Locks the store and brings it up to now, for what a job tells it.
  template <class Change>
  void change(Change make) {
    const std::scoped_lock lock(mutex);
    settle_batches(store, system.steady());
    make();
    keep();
  }
  void keep() {
    if (archive) archive->save(store);
    store.changes = {};
  }
  void remember(const net::ServerRequest& request);
  /// Sees which fix branches came to the default branch since the last look. Runs git, so without the lock.
  void look_for_merges();

  const sys::System system;
  const Secret token;
  DeviceLogin login{token, system};
  mutable std::mutex mutex;  ///< guards everything below but the jobs, which guard themselves
  FaultPlan faults;
  Store store;
  std::deque<std::string> requests;
  std::optional<sys::SteadyTime> looked_for_merges;
  std::optional<Archive> archive;
  Jobs jobs{scanners_at_once};  ///< last: its threads end before what they write to
};

void Sandbox::State::look_for_merges() {
  std::vector<OpenPullRequest> open;
  {
    const std::scoped_lock lock(mutex);
    const auto now = system.steady();
    if (looked_for_merges && now - *looked_for_merges < between_looks) return;
    open = open_pull_requests(store);
    if (!open.empty()) looked_for_merges = now;
  }
  for (const auto& request : open) {
    if (!is_merged(request.directory, request.commit, request.branch)) continue;
    change([&] { merge_pull_request(store, request, system.now()); });
  }
}

void Sandbox::State::remember(const net::ServerRequest& request) {
  requests.push_back(request.method + " " + request.target);
  if (requests.size() > requests_kept) requests.pop_front();
}

void Sandbox::State::start_feed(const BatchRecord& batch) {
  if (feed_of(store, batch).never_ends) return;
  const auto index = static_cast<std::size_t>(&batch - store.batches.data());
  jobs.start([this, index, type = batch.type, timeout = store.config.command_timeout,
              repository = store.repositories[batch.repository].config](std::stop_token stop) {
    auto harvest = std::make_shared<const Harvest>(run_feed(repository, type, timeout, stop));
    if (stop.stop_requested()) return;  // the sandbox ends: what was cut short is no result
    change([&] {
      store.batches[index].harvest = std::move(harvest);
      store.batches[index].harvested = system.steady();
      store.changes.batches.insert(index);
    });
  });
}

void Sandbox::State::start_fixer(const FixRecord& fix) {
  const auto index = static_cast<std::size_t>(&fix - store.fixes.data());
  jobs.start([this, index](std::stop_token stop) { run_fix(index, stop); });
}

/// A fix ends early when it is cancelled and when the sandbox ends.
void Sandbox::State::run_fix(std::size_t index, const std::stop_token& stop) {
  FixTask task;
  std::shared_ptr<std::stop_source> cancel;
  change([&] {
    auto& fix = store.fixes[index];
    cancel = fix.cancel;
    if (fix.status != FixStatus::pending) return;
    start_fix(store, fix, system.now());
    task = make_task(store, fix);
  });
  if (cancel->stop_requested()) return;
  const std::stop_callback stopped(stop, [&cancel] { cancel->request_stop(); });
  try {
    auto result = run_fixer(task, cancel->get_token(),
                            [&] { change([&] { step_fix(store, store.fixes[index], system.now()); }); });
    change([&] { complete_fix(store, store.fixes[index], std::move(result), system.now()); });
  } catch (const Error& error) {
    if (cancel->stop_requested()) return;
    change([&] { fail_fix(store, store.fixes[index], error.message(), system.now()); });
  }
}

/// What takes time happens between two locks, so that other requests are answered meanwhile.
net::ServerResponse Sandbox::State::finish(const Later& later) {
  later.work();
  const std::scoped_lock lock(mutex);
  const Moment now{system.now(), system.steady()};
  settle_batches(store, now.steady);
  auto response = later.answer(store, now);
  keep();
  return response;
}

net::ServerResponse Sandbox::State::answer(const net::ServerRequest& request, const Target& target,
                                           RouteMatch& match, Later& later) {
  if (auto answer = login.answer(request, target)) return std::move(*answer);
  if (match.allowed.empty()) return not_found("");
  if (!match.route) return method_not_allowed(match.allowed);
  const auto given = bearer_token(request);
  if (!given) return unauthorized("Not authenticated");
  if (*given != token.reveal()) return unauthorized("Invalid API key");
  if (const auto failure = archive ? archive->failure() : std::nullopt) return detail_answer(500, *failure);
  const auto& scopes = store.config.scopes;
  const auto& scope = match.route->scope;
  if (!scope.empty() && std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
    return detail_answer(403, "API key lacks the scope " + std::string(scope));
  }
  Call call{store, {system.now(), system.steady()}, request, target, std::move(match.path), {}, {}, {}};
  call.start_feed = [this](const BatchRecord& batch) { start_feed(batch); };
  call.start_fixer = [this](const FixRecord& fix) { start_fixer(fix); };
  settle_batches(store, call.now.steady);
  auto response = match.route->handler(call);
  later = std::move(call.later);
  keep();
  return response;
}

Sandbox::Sandbox(Config config, Secret token, const sys::System& system)
    : state_(std::make_unique<State>(std::move(config), std::move(token), system)) {}

Sandbox::~Sandbox() = default;

net::ServerResponse Sandbox::handle(const net::ServerRequest& request) {
  try {
    const auto target = parse_target(request.target);
    auto match = match_route(request.method, target.segments);
    if (request.method == "GET") state_->look_for_merges();
    const Fault* fault = nullptr;
    net::ServerResponse response;
    Later later;
    {
      const std::scoped_lock lock(state_->mutex);
      state_->remember(request);
      fault = state_->faults.next(match.route ? describe(*match.route) : std::string{});
      if (!fault || needs_answer(*fault)) response = state_->answer(request, target, match, later);
    }
    if (later.work) response = state_->finish(later);
    return fault ? spoil(*fault, std::move(response)) : response;
  } catch (const std::exception&) {
    return detail_answer(500, "Internal Server Error");
  }
}

std::vector<std::string> Sandbox::requests() const {
  const std::scoped_lock lock(state_->mutex);
  return {state_->requests.begin(), state_->requests.end()};
}

void Sandbox::wait_for_feeds() const {
  state_->jobs.wait();
}

}  // namespace kolega::sandbox
