#include "api/obtain.hpp"

#include <algorithm>

#include "api/look.hpp"
#include "api/run_state.hpp"
#include "api/start_scan.hpp"
#include "api/status.hpp"

namespace kolega::api {

namespace {

constexpr std::int64_t listed = 50;
/// How far ahead of ours the server's clock may be. Beyond that a time of completion is nonsense.
constexpr std::chrono::minutes clock_tolerance{5};

ObtainedBatch ended_before_start(const RunContext& context, ScanType type, BatchEnding ending,
                                 std::string detail) {
  ObtainedBatch out;
  out.running = false;
  out.batch.repository_id = context.options.repository_id;
  out.batch.type = type;
  out.batch.ending = ending;
  out.batch.ending_detail = std::move(detail);
  return out;
}

bool is_of_other_branch(const ScanBatch& progress, const std::string& branch) {
  const auto is = [&](const ScanBatchRepository& row) { return row.branch == branch; };
  const auto says = [](const ScanBatchRepository& row) { return !row.branch.empty(); };
  return std::ranges::any_of(progress.repositories, says) && std::ranges::none_of(progress.repositories, is);
}

std::optional<ScanBatch> reusable(const RunContext& context, ScanType type) {
  const auto& options = context.options;
  if (!options.reuse) return std::nullopt;
  const auto batches =
      look(context, [&] { return context.client.scans(options.repository_id, type, "", listed); });
  if (!batches) return std::nullopt;
  auto found = find_reusable(*batches, options.repository_id, type, *options.reuse, context.system.now());
  if (!found || options.branch.empty()) return found;
  double percent = 0;
  const auto progress =
      look(context, [&] { return context.client.progress(options.repository_id, found->id, percent); });
  if (!progress || !is_of_other_branch(*progress, options.branch)) return found;
  context.note("batch " + found->id + " is not reused: it is of another branch");
  return std::nullopt;
}

void remember(const RunContext& context, ScanType type, BatchEntry::Step step, Instant at,
              const std::string& batch = {}) {
  if (context.options.state) context.options.state->write(type, step, batch, at);
}

/// The batch that an earlier run began and left, unless the server says that it is no such batch, or that it
/// came to nothing. Whether it has ended since is of no matter: its results are what that run waited for.
std::optional<ScanBatch> resumable(const RunContext& context, const BatchEntry& entry) {
  ScanBatch batch;
  batch.id = entry.batch;
  batch.repository_id = context.options.repository_id;
  batch.type = entry.type;
  batch.origin = BatchOrigin::resumed;
  const auto refuse = [&](const std::string& why) {
    context.note("scan batch " + batch.id + " of an earlier run is not continued: " + why);
    remember(context, entry.type, BatchEntry::Step::none, entry.at);
    return std::nullopt;
  };
  try {
    double percent = 0;
    const auto progress = context.client.progress(batch.repository_id, batch.id, percent);
    if (progress.type != batch.type) return refuse("it is a " + std::string(name_of(progress.type)));
    if (is_failure(progress.status)) return refuse("it ended " + progress.status);
  } catch (const HttpError& error) {
    if (error.status() == 401) throw;
    if (error.status() == 404) return refuse("the server does not know it");
    context.note(error.message());  // those who ask again later will see
  } catch (const Error&) {
    context.note(fault_of_current_error().detail);
  }
  return batch;
}

/// Sends the POST, or first looks for what an earlier run's POST made. The intent is on disk before it.
ScanBatch start(const RunContext& context, ScanType type, StartAttempt& attempt, Instant since) {
  bool sent = false;
  while (true) {
    if (!sent && !attempt.looking()) {
      sent = true;
      since = attempt.since(context);
      remember(context, type, BatchEntry::Step::intent, since);
    }
    auto step = attempt.step(context);
    if (step.batch) {
      step.batch->origin = sent ? BatchOrigin::triggered : BatchOrigin::resumed;
      remember(context, type, BatchEntry::Step::begun, since, step.batch->id);
      return std::move(*step.batch);
    }
    if (step.wait > Duration{} && !context.wait_for(step.wait)) attempt.give_up();
  }
}

/// Whether the error leaves open that a batch was made.
bool is_outcome_unknown(const Error& error, const StartAttempt& attempt) {
  if (attempt.looking()) return true;
  if (const auto* transport = dynamic_cast<const net::TransportError*>(&error)) return transport->maybe_sent();
  return error.kind() != ErrorKind::quota && dynamic_cast<const HttpError*>(&error) == nullptr;
}

/// Nobody has looked at the quota before, and now it matters when there is some again.
void add_end_of_period(const RunContext& context, std::string& detail) {
  const auto quota = brief_look(context, [&] { return context.client.quota(); });
  if (quota && quota->period_end) detail += "; it starts anew at " + format_instant_seconds(*quota->period_end);
}

ObtainedBatch trigger(const RunContext& context, ScanType type, const std::optional<BatchEntry>& earlier) {
  auto attempt = earlier ? StartAttempt::perhaps_started(type, earlier->at, false) : StartAttempt(type, false);
  try {
    return {start(context, type, attempt, earlier ? earlier->at : Instant{}), true};
  } catch (const Error& error) {
    if (!is_outcome_unknown(error, attempt)) remember(context, type, BatchEntry::Step::none, context.system.now());
    const auto fault = fault_of_current_error();
    auto detail = fault.detail;
    const auto* transport = dynamic_cast<const net::TransportError*>(&error);
    const bool unknown = transport && transport->maybe_sent();
    if (fault.ending == BatchEnding::timeout && !unknown) detail = "not started: " + detail;
    if (fault.ending == BatchEnding::quota && context.options.frugal) add_end_of_period(context, detail);
    return ended_before_start(context, type, fault.ending, std::move(detail));
  }
}

}  // namespace

std::string describe_spent(const Quota& quota, ScanType type) {
  auto out = "nothing is left of the quota '" + std::string(quota_of(type)) + "'";
  if (quota.period_end) out += ", which starts anew at " + format_instant_seconds(*quota.period_end);
  return out;
}

std::optional<ScanBatch> find_reusable(const std::vector<ScanBatch>& batches,
                                       const std::string& repository_id, ScanType type, Duration reuse,
                                       Instant now) {
  std::optional<ScanBatch> best;
  for (const auto& batch : batches) {
    if (batch.type != type || batch.repository_id != repository_id || !is_complete(batch)) continue;
    if (!batch.completed_at || *batch.completed_at > now + clock_tolerance) continue;
    if (now - *batch.completed_at >= reuse) continue;
    if (!best || *best->completed_at < *batch.completed_at) best = batch;
  }
  return best;
}

std::vector<ObtainedBatch> attach_batches(const RunContext& context) {
  std::vector<ObtainedBatch> out;
  for (const auto& id : context.options.attach) {
    const bool known =
        std::any_of(out.begin(), out.end(), [&](const auto& other) { return other.batch.id == id; });
    if (known) continue;
    ObtainedBatch obtained;
    obtained.batch.id = id;
    obtained.batch.repository_id = context.options.repository_id;
    obtained.batch.origin = BatchOrigin::attached;
    out.push_back(std::move(obtained));
  }
  return out;
}

std::vector<ObtainedBatch> start_batches(const RunContext& context,
                                         const std::function<void(const ScanBatch&)>& on_started) {
  std::vector<ObtainedBatch> out;
  std::optional<Quota> quota;
  bool looked = context.options.frugal;
  for (const auto type : context.options.types) {
    const bool repeated =
        std::any_of(out.begin(), out.end(), [&](const auto& other) { return other.batch.type == type; });
    if (repeated) continue;
    const auto earlier = context.options.state ? context.options.state->recall(type) : std::nullopt;
    if (earlier && earlier->step == BatchEntry::Step::begun) {
      if (auto batch = resumable(context, *earlier)) {
        on_started(*batch);
        out.push_back({std::move(*batch), true});
        continue;
      }
    }
    const auto intent = earlier && earlier->step == BatchEntry::Step::intent ? earlier : std::nullopt;
    if (auto old = intent ? std::nullopt : reusable(context, type)) {
      old->origin = BatchOrigin::reused;
      on_started(*old);
      out.push_back({std::move(*old), true});
      continue;
    }
    if (!looked) quota = brief_look(context, [&] { return context.client.quota(); });
    looked = true;
    if (!intent && quota && quota->counter(type).remaining == 0) {
      out.push_back(ended_before_start(context, type, BatchEnding::quota, describe_spent(*quota, type)));
      continue;
    }
    out.push_back(trigger(context, type, intent));
    if (out.back().running) on_started(out.back().batch);
  }
  return out;
}

}  // namespace kolega::api
