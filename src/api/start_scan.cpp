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
constexpr int most_posts = 2;
/// A rate limit says that nothing was done; it may be asked again a little more often.
constexpr int most_posts_when_limited = 4;
constexpr std::int64_t listed = 20;

/// What became of a POST that gave no batch.
struct LostPost {
  Error error;                      ///< to throw when nothing helps
  bool conflict{};                  ///< 409: something is running already
  bool limited{};                   ///< 429
  std::optional<Duration> asked{};  ///< Retry-After
};

bool may_have_acted(int status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

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

Instant server_time_before_post(const RunContext& context) {
  if (const auto server = context.client.server_time()) return *server - server_clock_grace;
  return context.system.now() - own_clock_grace;
}

/// A completed batch is never adopted. One that began since the POST may be what it began, though, so there is no
/// other POST either: it would be the second batch of one run.
[[noreturn]] void throw_ended(ScanType type, const std::string& id) {
  throw Error(ErrorKind::api,
              "the answer to starting the " + std::string(name_of(type)) + " was lost, and scan batch " +
                  printable(id, 80) + ", which began since, has ended: it may be this run's or not",
              "judge it with '" + attach_command({id}) + "'");
}

std::optional<ScanBatch> find_ours(const RunContext& context, ScanType type, Instant since) {
  const auto& repository = context.options.repository_id;
  std::optional<ScanBatch> ended;
  for (auto& batch : context.client.scans(repository, type, "", listed)) {
    const bool same = batch.type == type && batch.repository_id == repository;
    if (!same || !batch.created_at || *batch.created_at < since) continue;
    if (!is_final(batch.status)) return batch;
    ended = std::move(batch);
  }
  if (ended) throw_ended(type, ended->id);
  return std::nullopt;
}

[[noreturn]] void throw_conflict(ScanType type, const Error& error) {
  throw Error(
      ErrorKind::api, error.message(),
      "another " + std::string(name_of(type)) +
          " that this run did not begin is probably running: wait for it, or judge it with 'kolega-gate run "
          "--scan-id ID' (kolega-gate scans list)");
}

[[noreturn]] void throw_lost(const LostPost& lost, std::string_view why) {
  throw Error(ErrorKind::api, lost.error.message() + "; " + std::string(why), lost.error.hint());
}

/// Looks a few times. Nothing when no batch of ours shows up. Throws when nobody can know: the list cannot be
/// read, or no time is left to look.
std::optional<ScanBatch> look_for_ours(const RunContext& context, ScanType type, Instant since,
                                       const LostPost& lost) {
  constexpr std::string_view no_time = "no time is left to look whether the scan was started all the same";
  if (lost.asked && !context.wait_for(*lost.asked)) throw_lost(lost, no_time);
  for (const auto pause : looks) {
    if (!context.wait_for(pause)) throw_lost(lost, no_time);
    if (auto batch = find_ours(context, type, since)) return batch;
  }
  return std::nullopt;
}

}  // namespace

ScanBatch start_scan_once(const RunContext& context, ScanType type) {
  const auto since = server_time_before_post(context);
  for (int posts = 1;; ++posts) {
    auto outcome = post(context, type);
    if (outcome.batch) return std::move(*outcome.batch);
    const auto& lost = *outcome.lost;
    if (lost.conflict && posts == 1) throw_conflict(type, lost.error);
    context.note(lost.error.message() + "; looking whether the scan was started all the same");
    if (auto batch = look_for_ours(context, type, since, lost)) {
      context.note("found it: scan batch " + batch->id);
      return std::move(*batch);
    }
    if (lost.conflict) throw_conflict(type, lost.error);
    if (posts >= (lost.limited ? most_posts_when_limited : most_posts)) {
      throw_lost(lost, "no scan that this run began is in the list");
    }
  }
}

}  // namespace kolega::api
