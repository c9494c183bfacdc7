#include "api/start_scan.hpp"

#include <algorithm>
#include <array>

#include "api/status.hpp"
#include "base/text.hpp"
#include "net/retry_policy.hpp"

namespace kolega::api {

namespace {

namespace chrono = std::chrono;

/// The Date header has whole seconds; machines behind one address differ a little.
constexpr chrono::seconds server_clock_grace{1};
constexpr chrono::seconds own_clock_grace{10};
/// A batch may take a moment to be listed after its POST failed.
constexpr std::array<Duration, 3> looks{Duration{250}, Duration{1000}, Duration{2000}};
/// A POST that hung for long before it was lost may still be on its way through a proxy, or be worked on: it is looked for as
/// long again, but not longer than this.
constexpr chrono::minutes longest_doubt{2};
constexpr int most_posts = 2;
/// A rate limit says that nothing was done; it may be asked again a little more often.
constexpr int most_posts_when_limited = 4;
constexpr std::int64_t listed = 20;
/// Between writing down that a POST will be sent and its arrival, with all that a network can do to it.
constexpr chrono::minutes longest_post{5};

bool may_have_acted(int status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

using LostPost = StartAttempt::LostPost;

struct PostOutcome {
  std::optional<ScanBatch> batch{};
  std::optional<LostPost> lost{};
};

/// The deadline came while the answer was awaited: no time is left to look.
[[noreturn]] void throw_unknown(ScanType type, const net::TransportError& error) {
  throw net::TransportError(
      error.fault(), true,
      error.message() + "; it is not known whether the " + std::string(name_of(type)) + " was started",
      "look with 'kolega-gate scans list', and judge it with 'kolega-gate run --scan-id ID'");
}

/// Only what leaves open whether a batch was made is `lost`; all else is thrown.
PostOutcome post(const RunContext& context, ScanType type) {
  try {
    return {context.client.start_scan(context.options.repository_id, type), std::nullopt};
  } catch (const HttpError& error) {
    const bool conflict = error.status() == 409;
    if (!conflict && !may_have_acted(error.status())) throw;
    return {std::nullopt, LostPost{error, conflict, error.status() == 429,
                                   net::asked_wait(error.answer(), context.system.now())}};
  } catch (const net::TransportError& error) {
    if (error.maybe_sent() && error.kind() == ErrorKind::timeout) throw_unknown(type, error);
    const bool ended = error.kind() == ErrorKind::timeout || error.kind() == ErrorKind::interrupted;
    const bool refused = error.fault() == net::TransportError::Fault::tls && !error.transient();
    if (ended || refused || !error.maybe_sent()) throw;
    return {std::nullopt, LostPost{error}};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::api) throw;
    return {std::nullopt, LostPost{error}};  // 2xx that cannot be read
  }
}

/// A completed batch is never adopted. One that began since the POST may be what it began, though, so there is no
/// other POST either: it would be the second batch of one run.
[[noreturn]] void throw_ended(ScanType type, const std::string& repository, const std::string& id) {
  throw Error(ErrorKind::api,
              "the answer to starting the " + std::string(name_of(type)) + " was lost, and scan batch " +
                  printable(id, 80) + ", which began since, has ended: it may be this run's or not",
              "judge it with '" + attach_command(repository, {id}) + "'");
}

/// `of_earlier`: of a process that has died. Its batch may have ended since, but no POST of it came any later.
std::optional<ScanBatch> find_ours(std::vector<ScanBatch> batches, const std::string& repository, ScanType type,
                                   Instant since, bool of_earlier) {
  std::optional<ScanBatch> ended;
  for (auto& batch : batches) {
    const bool same = batch.type == type && batch.repository_id == repository;
    if (!same || !batch.created_at || *batch.created_at < since) continue;
    if (of_earlier ? *batch.created_at <= since + longest_post : !is_final(batch.status)) return batch;
    if (!of_earlier) ended = std::move(batch);
  }
  if (ended) throw_ended(type, repository, ended->id);
  return std::nullopt;
}

/// The id of the batch that is in the way; empty where the list does not tell.
std::string find_running(const RunContext& context, ScanType type) {
  const auto& repository = context.options.repository_id;
  try {
    for (const auto& batch : context.client.scans(repository, type, "", listed)) {
      if (batch.type == type && batch.repository_id == repository && !is_final(batch.status)) return batch.id;
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;  // else the conflict is what matters
  }
  return {};
}

[[noreturn]] void throw_conflict(const RunContext& context, ScanType type, const Error& error) {
  const std::string other = "another " + std::string(name_of(type)) + " that this run did not begin is ";
  const auto id = find_running(context, type);
  throw Error(ErrorKind::api, error.message(),
              id.empty() ? other + "probably running: wait for it, or judge it with 'kolega-gate run --scan-id ID' "
                                   "(kolega-gate scans list)"
                         : other + "running: wait for it, or judge it with '" +
                               attach_command(context.options.repository_id, {id}) + "'");
}

[[noreturn]] void throw_lost(const LostPost& lost, std::string_view why) {
  throw Error(ErrorKind::api, lost.error.message() + "; " + std::string(why), lost.error.hint());
}

}  // namespace

StartAttempt::StartAttempt(ScanType type, bool paced) : type_(type), paced_(paced) {}

StartAttempt StartAttempt::perhaps_started(ScanType type, Instant since, bool paced) {
  StartAttempt attempt(type, paced);
  attempt.since_ = since;
  attempt.of_earlier_ = true;
  attempt.lost_ = LostPost{Error(ErrorKind::api, "a run that ended may have started it")};
  return attempt;
}

Instant StartAttempt::since(const RunContext& context) {
  if (since_) return *since_;
  if (const auto server = context.client.server_now()) {
    since_ = *server - server_clock_grace;
  } else {
    since_ = context.system.now() - own_clock_grace;
    by_own_clock_ = context.system.steady();
  }
  return *since_;
}

/// The POST was the first request of all, and our clock may be minutes off the server's. What came with the list tells
/// what time it was there when the POST was sent.
void StartAttempt::learn_clock(const RunContext& context) {
  const auto server = context.client.server_now();
  if (!by_own_clock_ || !server) return;
  const auto ago = chrono::duration_cast<Duration>(context.system.steady() - *by_own_clock_);
  since_ = *server - ago - server_clock_grace;
  by_own_clock_.reset();
}

StartAttempt::Step StartAttempt::step(const RunContext& context) {
  return lost_ ? look(context) : send(context);
}

StartAttempt::Step StartAttempt::send(const RunContext& context) {
  since(context);
  ++posts_;
  const auto begun = context.system.steady();
  auto outcome = post(context, type_);
  if (outcome.batch) return {std::move(*outcome.batch), {}};
  if (outcome.lost->conflict && posts_ == 1) throw_conflict(context, type_, outcome.lost->error);
  lost_ = std::move(outcome.lost);
  lost_->took = chrono::duration_cast<Duration>(context.system.steady() - begun);
  looks_ = 0;
  looked_ = looks.front();
  context.note(lost_->error.message() + "; looking whether the scan was started all the same");
  // A server may ask for the longest Duration there is.
  const auto asked = std::min(lost_->asked.value_or(Duration{}), Duration::max() - looks.front());
  return {std::nullopt, asked + looks.front()};
}

/// When the list cannot be read that is thrown and nothing has changed: the same step may be made again.
StartAttempt::Step StartAttempt::look(const RunContext& context) {
  const auto& repository = context.options.repository_id;
  auto batches = context.client.scans(repository, type_, "", listed);
  learn_clock(context);
  if (auto batch = find_ours(std::move(batches), repository, type_, *since_, of_earlier_)) {
    context.note("found it: scan batch " + batch->id);
    return {std::move(*batch), {}};
  }
  if (const auto wait = next_look()) return {std::nullopt, *wait};
  if (lost_->conflict) throw_conflict(context, type_, lost_->error);
  if (lost_->limited && paced_) --posts_;
  if (posts_ > 0 && posts_ >= (lost_->limited ? most_posts_when_limited : most_posts))
    throw_lost(*lost_, "no scan that this run began is in the list");
  lost_.reset();
  if (of_earlier_) since_.reset();  // what is sent now is another POST
  of_earlier_ = false;
  return {std::nullopt, Duration{}};
}

/// How long until it is worth another look; nothing when no batch will come of the lost POST any more.
std::optional<Duration> StartAttempt::next_look() {
  ++looks_;
  if (lost_->limited && paced_) return std::nullopt;
  auto wait = Duration{};
  if (looks_ < looks.size()) {
    wait = looks.at(looks_);
  } else if (!lost_->limited) {
    wait = std::min<Duration>(lost_->took, longest_doubt) - looked_;
  }
  if (wait <= Duration{}) return std::nullopt;
  looked_ += wait;
  return wait;
}

void StartAttempt::give_up() const {
  throw_lost(*lost_, "no time is left to look whether the scan was started all the same");
}

ScanBatch start_scan_once(const RunContext& context, ScanType type) {
  StartAttempt attempt(type, false);
  while (true) {
    auto step = attempt.step(context);
    if (step.batch) return std::move(*step.batch);
    if (step.wait > Duration{} && !context.wait_for(step.wait)) attempt.give_up();
  }
}

}  // namespace kolega::api
