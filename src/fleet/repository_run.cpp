#include "fleet/repository_run.hpp"

#include <algorithm>

#include "api/obtain.hpp"
#include "api/read_batch.hpp"
#include "api/status.hpp"
#include "base/text.hpp"
#include "net/retry_policy.hpp"

namespace kolega::fleet {

using sys::SteadyTime;

namespace {

constexpr std::int64_t listed = 50;
/// Of one step in a row; with the waits between them about a minute and a half.
constexpr int most_faults = 9;
constexpr net::RetryOptions waits{};
/// By the rate limit, of one repository in a row, when its time has ended: no storm of them ends one before.
constexpr int most_refusals = 20;
/// A start waits for the rate and for other repositories: a policy for short scans must not end it before it began.
constexpr std::chrono::minutes patience_for_start{5};

const api::ProgressListener nobody{};

bool is_transient(const Error& error) {
  if (const auto* http = dynamic_cast<const api::HttpError*>(&error)) return net::is_transient_status(http->status());
  const auto* transport = dynamic_cast<const net::TransportError*>(&error);
  return transport && transport->transient();
}

bool is_limited(const Error& error) {
  const auto* http = dynamic_cast<const api::HttpError*>(&error);
  return http && http->status() == 429;
}

/// The server may have acted on the request.
bool maybe_sent(const Error& error) {
  const auto* transport = dynamic_cast<const net::TransportError*>(&error);
  return transport && transport->maybe_sent();
}

bool is_unknown(const Error& error) {
  const auto* http = dynamic_cast<const api::HttpError*>(&error);
  return http && http->status() == 404;
}

bool ends_everything(const Error& error) {
  if (error.kind() == ErrorKind::interrupted) return true;
  const auto* http = dynamic_cast<const api::HttpError*>(&error);
  return http && http->status() == 401;
}

/// Of the entries of one type, the one that says most: a batch, else an intent whose end nobody knows.
const BatchEntry* last_of(const std::vector<BatchEntry>& entries, ScanType type) {
  const BatchEntry* found = nullptr;
  for (const auto& entry : entries) {
    if (entry.type == type) found = &entry;
  }
  return found && found->step != BatchEntry::Step::none ? found : nullptr;
}

}  // namespace

std::optional<std::string> QuotaWatch::take(ScanType type) {
  const std::lock_guard lock(mutex_);
  const std::string name(quota_of(type));
  for (const auto& [quota, why] : spent_) {
    if (quota == name) return why;
  }
  auto taken = std::ranges::find(taken_, name, &std::pair<std::string, std::int64_t>::first);
  if (taken == taken_.end()) taken = taken_.insert(taken_.end(), {name, 0});
  if (quota_ && quota_->counter(type).remaining <= taken->second) return api::describe_spent(*quota_, type);
  ++taken->second;
  return std::nullopt;
}

void QuotaWatch::give_back(ScanType type) {
  const std::lock_guard lock(mutex_);
  for (auto& [quota, count] : taken_) {
    if (quota == quota_of(type)) --count;
  }
}

void QuotaWatch::spent(ScanType type, const std::string& why) {
  const std::lock_guard lock(mutex_);
  spent_.emplace_back(std::string(quota_of(type)), why);
}

RepositoryRun::RepositoryRun(std::string id, const Assignment& assignment, const std::vector<BatchEntry>& earlier,
                             const Surroundings& surroundings, bool scout)
    : assignment_(assignment), around_(surroundings), scout_(scout) {
  const auto now = around_.system.steady();
  const auto& policy = *assignment.inputs.policy;
  options_.repository_id = std::move(id);
  options_.types = assignment.inputs.scan_types;
  options_.timeout = policy.scan.timeout;
  options_.reuse = policy.scan.reuse;
  options_.details = policy::needs_details(policy);
  began_ = around_.system.now();
  start_ = now;
  for (const auto type : options_.types) {
    if (std::ranges::find(parts_, type, &Part::type) != parts_.end()) continue;
    auto part = fresh(type);
    if (const auto* known = last_of(earlier, type)) {
      part.phase = known->batch.empty() ? Phase::start : Phase::poll;
      part.track.batch.id = known->batch;
      part.track.batch.origin = BatchOrigin::resumed;
      if (known->batch.empty()) part.attempt = api::StartAttempt::perhaps_started(type, known->at, true);
    }
    if (part.phase == Phase::poll) part.deadline = after(options_.timeout);
    parts_.push_back(std::move(part));
  }
}

RepositoryRun::Part RepositoryRun::fresh(ScanType type) const {
  const auto now = around_.system.steady();
  ScanBatch batch;
  batch.repository_id = options_.repository_id;
  batch.type = type;
  Part part(options_.reuse ? Phase::reuse : Phase::start, api::StartAttempt(type, true),
            api::BatchTrack(std::move(batch), options_, now), now);
  part.look = {type, now, now, {}, scout_};
  part.deadline = after(std::max<Duration>(options_.timeout, patience_for_start));
  return part;
}

SteadyTime RepositoryRun::after(Duration limit) const {
  return std::min(around_.system.steady() + limit, around_.deadline);
}

TextPool& RepositoryRun::pool() {
  if (!pool_) pool_ = std::make_shared<TextPool>();
  return *pool_;
}

StepKind RepositoryRun::kind_of(Phase phase) {
  switch (phase) {
    case Phase::reuse:
    case Phase::start:
      return StepKind::start;
    case Phase::poll:
      return StepKind::poll;
    case Phase::read:
    case Phase::details:
    case Phase::ended:
      break;
  }
  return StepKind::read;
}

SteadyTime RepositoryRun::due_of(const Part& part, const Place& place) const {
  // A batch of an earlier run may have ended long ago: its first look is not placed.
  const bool placed = part.phase == Phase::poll && part.faults == 0 && part.look.planned > Duration{};
  if (!placed) return part.due;
  return std::max(part.due, std::min(place(part.look), part.deadline));
}

std::optional<Step> RepositoryRun::next(const Place& place) {
  std::optional<Step> best;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& part = parts_[i];
    if (part.phase == Phase::ended) continue;
    const Step step{0, kind_of(part.phase), due_of(part, place)};
    const auto key = [](const Step& one) { return std::pair(one.due, one.kind); };
    if (best && key(*best) <= key(step)) continue;
    best = step;
    picked_ = i;
  }
  return best;
}

void RepositoryRun::step(api::Client& client) {
  if (picked_ >= parts_.size() || parts_[picked_].phase == Phase::ended) return;
  auto& part = parts_[picked_];
  // A step that has begun may end: what the deadline means is decided before it.
  client.set_wait({around_.deadline, around_.system.stop});
  const api::ProgressListener listener = [this](const api::ProgressEvent& event) {
    if (event.kind == api::ProgressEvent::Kind::note && around_.note) around_.note(event.text);
  };
  const api::RunContext context{client, options_, around_.system, listener, start_, around_.deadline};
  try {
    advance(part, context);
    part.faults = part.refusals = 0;
  } catch (const Error& error) {
    part.in_doubt = part.phase == Phase::start && maybe_sent(error);
    if (ends_everything(error)) throw;
    if (again(part, error)) return;
    fail(part, error);
  }
}

void RepositoryRun::advance(Part& part, const api::RunContext& context) {
  switch (part.phase) {
    case Phase::reuse:
      return look_for_reusable(part, context);
    case Phase::start:
      return start(part, context);
    case Phase::poll:
      return poll(part, context);
    case Phase::read:
      return read(part, context);
    case Phase::details:
      return read_details(part, context);
    case Phase::ended:
      return;
  }
}

void RepositoryRun::look_for_reusable(Part& part, const api::RunContext& context) {
  const auto batches = context.client.scans(options_.repository_id, part.type, "", listed);
  auto found = api::find_reusable(batches, options_.repository_id, part.type, *options_.reuse, context.system.now());
  part.due = context.system.steady();
  part.phase = found ? Phase::poll : Phase::start;
  if (!found) return;
  part.track = api::BatchTrack(std::move(*found), options_, part.due);
  part.track.batch.origin = BatchOrigin::reused;
  part.look = {part.type, part.due, part.due, {}, scout_};
}

void RepositoryRun::note(const Part& part, BatchEntry::Step step, Instant at, std::string batch) const {
  around_.journal({options_.repository_id, part.type, step, std::move(batch), at});
}

void RepositoryRun::start(Part& part, const api::RunContext& context) {
  if (context.system.steady() >= part.deadline) {
    if (part.attempt.looking()) part.attempt.give_up();
    return end(part, BatchEnding::timeout, "not started: the timeout ended first");
  }
  if (!part.attempt.looking()) {
    if (!part.quota_taken) {
      if (const auto why = around_.quota.take(part.type)) return end(part, BatchEnding::quota, *why);
      part.quota_taken = true;
    }
    note(part, BatchEntry::Step::intent, part.attempt.since(context));
    part.track.batch.origin = BatchOrigin::triggered;
  }
  auto step = part.attempt.step(context);
  if (step.batch) return started(part, std::move(*step.batch));
  part.due = context.system.steady() + step.wait;
}

void RepositoryRun::started(Part& part, ScanBatch batch) {
  note(part, BatchEntry::Step::begun, around_.system.now(), batch.id);
  const auto origin = part.track.batch.origin;
  const auto now = around_.system.steady();
  part.track = api::BatchTrack(std::move(batch), options_, now);
  part.track.batch.origin = origin;
  part.phase = Phase::poll;
  part.deadline = after(options_.timeout);
  part.look = {part.type, now, now, {}, scout_};
  // Hardly any scan ends at once, and in a fleet a look too many is one that another repository waits for.
  look_later(part, now, part.track.plan.next({}, 0, around_.system.random()));
}

void RepositoryRun::look_later(Part& part, SteadyTime now, Duration planned) {
  part.look.last = now;
  part.look.planned = planned;
  part.due = now;
}

/// How long the scan took by the server's clock, as far as ours agrees; else in the middle between two looks.
void RepositoryRun::tell_time(const Part& part, SteadyTime now) const {
  const auto since = [&](SteadyTime at) { return std::chrono::duration_cast<Duration>(at - part.look.came); };
  const auto& batch = part.track.batch;
  if (!around_.took || batch.origin != BatchOrigin::triggered) return;
  const auto least = since(part.look.last);
  const auto most = since(now);
  if (batch.started_at && batch.completed_at) {
    around_.took(part.type, std::clamp(std::chrono::duration_cast<Duration>(*batch.completed_at - *batch.started_at), least, most));
  } else if (least > Duration{}) {
    around_.took(part.type, (least + most) / 2);
  }
}

void RepositoryRun::poll(Part& part, const api::RunContext& context) {
  auto& track = part.track;
  const bool last = context.system.steady() >= part.deadline;
  const bool answered = take_answer(context, track);
  const auto& status = track.batch.status;
  const auto now = context.system.steady();
  if (answered && api::is_failure(status)) {
    const auto why = "the scan batch ended " + status;
    if (track.batch.origin == BatchOrigin::resumed) return begin_anew(part, why);
    note(part, BatchEntry::Step::none, context.system.now());
    return end(part, BatchEnding::failed, why);
  }
  if (answered && api::is_final(status)) {
    tell_time(part, now);
    part.phase = Phase::read;
    part.due = now;
    return;
  }
  if (last) {
    return end(part, BatchEnding::timeout,
               "still running when the timeout of " + format_duration(options_.timeout) +
                   " ended, and it goes on; " + api::attach_hint(options_.repository_id, {track.batch.id}));
  }
  const auto elapsed = std::chrono::duration_cast<Duration>(now - track.came);
  look_later(part, now, track.plan.next(elapsed, track.percent, context.system.random()));
}

void RepositoryRun::read(Part& part, const api::RunContext& context) {
  api::read_rows(context, part.track.batch, pool(), part.track.rows);
  if (!options_.details) return end_read(part);
  part.phase = Phase::details;
  part.due = context.system.steady();
}

void RepositoryRun::read_details(Part& part, const api::RunContext& context) {
  api::read_details(context, part.track.batch, pool(), part.track.rows, next_twin_);
  end_read(part);
}

/// Where only a part was scanned, reading it again tells no more: who tries again begins another one.
void RepositoryRun::end_read(Part& part) {
  const auto& batch = part.track.batch;
  if (!api::is_success(batch.status) || batch.scans_failed > 0)
    note(part, BatchEntry::Step::none, around_.system.now());
  end(part, BatchEnding::read, {});
}

void RepositoryRun::begin_anew(Part& part, const std::string& why) {
  if (around_.note)
    around_.note("scan batch " + printable(part.track.batch.id, 80) + " of an earlier run is not continued: " + why);
  note(part, BatchEntry::Step::none, around_.system.now());
  part = fresh(part.type);
}

void RepositoryRun::end(Part& part, BatchEnding ending, std::string detail) {
  part.phase = Phase::ended;
  part.track.batch.ending = ending;
  part.track.batch.ending_detail = std::move(detail);
}

bool RepositoryRun::again(Part& part, const Error& error) {
  // A POST that may have been sent is the attempt's own affair: what comes out of it is its last word.
  const bool posting = part.phase == Phase::start && !part.attempt.looking();
  const auto* transport = dynamic_cast<const net::TransportError*>(&error);
  if (posting && !(transport && transport->transient() && !transport->maybe_sent())) return false;
  const auto now = around_.system.steady();
  if (is_limited(error)) {
    part.due = now;  // the rate limiter holds everything up for as long as was asked
    return now < part.deadline || ++part.refusals <= most_refusals;
  }
  if (!is_transient(error) || ++part.faults > most_faults || now >= part.deadline) return false;
  part.due = now + net::backoff(part.faults, waits, around_.system.random());
  if (around_.note) around_.note(error.message() + "; trying again");
  return true;
}

void RepositoryRun::fail(Part& part, const Error& error) {
  if (part.phase == Phase::reuse) {
    part.phase = Phase::start;  // a failed look is no reason to stop
    part.due = around_.system.steady();
    return;
  }
  const bool resumed = part.track.batch.origin == BatchOrigin::resumed && !part.track.batch.id.empty();
  if (resumed && (part.track.gone || is_unknown(error)) && part.phase != Phase::details)
    return begin_anew(part, "the server does not know it");
  const bool refused = part.phase == Phase::start && !part.attempt.looking() && !maybe_sent(error);
  if (refused && part.quota_taken) around_.quota.give_back(part.type);
  if (refused) note(part, BatchEntry::Step::none, around_.system.now());
  const bool exists = !part.track.batch.id.empty();
  const auto fault = api::fault_of_current_error(exists);  // throws on what no policy may soften
  if (part.phase == Phase::details) {
    part.track.batch.details_error = fault.detail;
    return end(part, BatchEnding::read, {});
  }
  if (refused && fault.ending == BatchEnding::quota) around_.quota.spent(part.type, fault.detail);
  auto detail = fault.detail;
  if (refused && fault.ending == BatchEnding::timeout) detail = "not started: " + detail;
  end(part, fault.ending, std::move(detail));
}

void RepositoryRun::end_in_timeout(const std::string& why) {
  for (auto& part : parts_) {
    if (part.phase == Phase::ended) continue;
    const auto& id = part.track.batch.id;
    auto detail = why + ", and the batch goes on; " + api::attach_hint(options_.repository_id, {id});
    if (id.empty()) detail = "not started: " + why;
    if (id.empty() && (part.in_doubt || part.attempt.looking()))
      detail = why + "; it is not known whether the scan was started: look with 'kolega-gate scans list'";
    end(part, BatchEnding::timeout, std::move(detail));
  }
}

void RepositoryRun::collect(gate::Inputs& inputs) {
  inputs.findings.pool = pool_ ? pool_ : std::make_shared<TextPool>();
  for (auto& part : parts_) {
    const auto index = static_cast<std::uint16_t>(inputs.batches.size());
    part.track.rows.change_batches([&](std::uint16_t) { return index; });
    inputs.findings.rows.append(std::move(part.track.rows));
    inputs.batches.push_back(std::move(part.track.batch));
  }
  parts_.clear();
}

}  // namespace kolega::fleet
