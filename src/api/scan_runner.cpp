#include "api/scan_runner.hpp"

#include <algorithm>

#include "api/batch_track.hpp"
#include "api/history.hpp"
#include "api/obtain.hpp"
#include "api/read_batch.hpp"
#include "api/status.hpp"
#include "base/text.hpp"

namespace kolega::api {

namespace {

constexpr Duration last_look_margin{500};
/// A scan that ends within this time needs no estimate.
constexpr Duration short_scan{2'000};

using Track = BatchTrack;

class Runner {
 public:
  Runner(Client& client, const RunnerOptions& options, const sys::System& system,
         const ProgressListener& listener)
      : context_{client, options, system, listener, system.steady(), system.steady() + options.timeout} {
    last_look_ = context_.deadline - std::min(last_look_margin, options.timeout / 10);
    client.set_wait({context_.deadline, system.stop});
  }

  Collected run() {
    try {
      obtain();
      poll_all();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw_interrupted(error);
      if (!going_on_.empty() && !context_.options.ends_with_us)
        context_.note("what was started goes on: " + attach_hint(context_.options.repository_id, going_on_));
      throw;
    }
    return collect();
  }

 private:
  using Kind = ProgressEvent::Kind;

  void tell(Kind kind, const Track& track) const {
    ProgressEvent event;
    event.kind = kind;
    event.batch = &track.batch;
    event.percent = track.percent;
    event.eta = track.plan.eta();
    context_.tell(std::move(event));
  }

  static Kind kind_of(BatchOrigin origin) {
    if (origin == BatchOrigin::reused) return Kind::reused;
    return origin == BatchOrigin::resumed ? Kind::resumed : Kind::started;
  }

  void obtain() {
    const auto on_started = [this](const ScanBatch& batch) {
      going_on_.push_back(batch.id);
      ProgressEvent event;
      event.kind = kind_of(batch.origin);
      event.batch = &batch;
      context_.tell(std::move(event));
    };
    const bool attach = !context_.options.attach.empty();
    auto obtained = attach ? attach_batches(context_) : start_batches(context_, on_started);
    for (auto& one : obtained) {
      const bool running = one.running;
      tracks_.emplace_back(std::move(one.batch), context_.options, context_.system.steady());
      tracks_.back().running = running;
      if (!attach) continue;
      going_on_.push_back(tracks_.back().batch.id);
      tell(Kind::attached, tracks_.back());
    }
  }

  Track* next_due() {
    Track* next = nullptr;
    for (auto& track : tracks_) {
      if (track.running && (!next || track.next_poll < next->next_poll)) next = &track;
    }
    return next;
  }

  void poll_all() {
    while (auto* track = next_due()) {
      track->next_poll = std::min(track->next_poll, last_look_);
      if (track->looked_last || !context_.wait_until(track->next_poll)) {
        end_in_timeout(*track);
        continue;
      }
      track->looked_last = track->next_poll == last_look_;
      try {
        poll(*track);
      } catch (const Error& error) {
        const bool exists = track->batch.origin != BatchOrigin::attached || !track->batch.status.empty();
        // Of a batch that nobody has seen nothing goes on.
        if (!exists && error.kind() == ErrorKind::not_found) std::erase(going_on_, track->batch.id);
        const auto fault = fault_of_current_error(exists);
        end(*track, fault.ending, fault.detail);
        if (fault.ending == BatchEnding::timeout || fault.may_pass) add_attach_command(track->batch);
      }
    }
  }

  void end_in_timeout(Track& track) {
    const auto& options = context_.options;
    const auto timeout = options.asked > Duration::zero() ? options.asked : options.timeout;
    end(track, BatchEnding::timeout,
        "still running when the timeout of " + format_duration(timeout) + " ended, and it " +
            (options.ends_with_us ? "ended with the sandbox" : "goes on"));
    add_attach_command(track.batch);
  }

  void add_attach_command(ScanBatch& batch) const {
    if (context_.options.ends_with_us) return;
    batch.ending_detail += "; " + attach_hint(context_.options.repository_id, {batch.id});
  }

  void end(Track& track, BatchEnding ending, std::string detail) {
    track.running = false;
    track.batch.ending = ending;
    track.batch.ending_detail = std::move(detail);
    if (ending == BatchEnding::read || ending == BatchEnding::failed) std::erase(going_on_, track.batch.id);
    tell(Kind::finished, track);
  }

  void poll(Track& track) {
    if (!take_answer(context_, track)) {
      plan_next(track);
      return;
    }
    tell(Kind::polled, track);
    const auto& status = track.batch.status;
    if (!is_final(status)) {
      plan_next(track);
    } else if (is_failure(status)) {
      end(track, BatchEnding::failed, "the scan batch ended " + status);
    } else {
      tell(Kind::reading, track);
      read_batch(context_, track.batch, *pool_, track.rows, next_twin_);
      end(track, BatchEnding::read, {});
    }
  }

  void plan_next(Track& track) {
    const auto polled = context_.system.steady();  // a look takes its time out of the wait
    if (worth_a_look(track)) look_back(track);
    const auto elapsed = std::chrono::duration_cast<Duration>(polled - track.came);
    track.next_poll = polled + track.plan.next(elapsed, track.percent, context_.system.random());
  }

  void look_back(Track& track) {
    track.looked_back = true;
    const auto is_ours = [](const Track& one) { return one.batch.origin == BatchOrigin::triggered; };
    if (!history_) history_.emplace(context_, std::ranges::count_if(tracks_, is_ours) > 1);
    // An end that the percentage foretells needs no guess by scans of something else.
    auto told = history_->of(track.batch, !track.plan.eta());
    track.plan.learn({expected_duration(std::move(told.own)), likely_span(std::move(told.elsewhere))}, told.requests);
  }

  /// How long earlier scans took is of use for a scan that we saw begin and that does not end at once.
  bool worth_a_look(const Track& track) const {
    return !track.looked_back && track.batch.origin == BatchOrigin::triggered &&
           context_.system.steady() - track.came >= short_scan;
  }

  [[noreturn]] void throw_interrupted(const Error& cause) const {
    const int signal = context_.system.signal ? context_.system.signal() : 0;
    if (going_on_.empty() || context_.options.ends_with_us)
      throw Error(ErrorKind::interrupted, cause.message(), cause.hint()).with_signal(signal);
    throw Error(ErrorKind::interrupted,
                "interrupted: scan " + std::string(going_on_.size() == 1 ? "batch " : "batches ") +
                    join(going_on_, ", ") + " may go on",
                attach_hint(context_.options.repository_id, going_on_))
        .with_signal(signal);
  }

  Collected collect() {
    Collected out;
    out.findings.pool = pool_;
    for (auto& track : tracks_) {
      const auto index = static_cast<std::uint16_t>(out.batches.size());
      track.rows.change_batches([&](std::uint16_t) { return index; });
      out.findings.rows.append(std::move(track.rows));
      out.batches.push_back(std::move(track.batch));
    }
    return out;
  }

  RunContext context_;
  std::optional<History> history_;
  std::vector<Track> tracks_;
  sys::SteadyTime last_look_;          ///< a last poll right before the deadline
  std::vector<std::string> going_on_;  ///< ids of batches that have not ended
  std::shared_ptr<TextPool> pool_{std::make_shared<TextPool>()};
  std::uint32_t next_twin_{1};
};

}  // namespace

Collected run_scans(Client& client, const RunnerOptions& options, const sys::System& system,
                    const ProgressListener& listener) {
  return Runner(client, options, system, listener).run();
}

}  // namespace kolega::api
