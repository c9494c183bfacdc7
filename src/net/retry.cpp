// Repeats requests by the rules of retry_policy.hpp, within one budget and the deadline.
#include <algorithm>

#include "net/retry_policy.hpp"

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;

/// Under a Retry-After of 0, a date in the past, or a 429 that names no wait: never hammer.
constexpr Duration floor_wait{1000};

class RetryingTransport final : public Transport {
 public:
  RetryingTransport(std::unique_ptr<Transport> inner, const sys::System& system, RetryOptions options,
                    std::function<void(const std::string&)> note)
      : inner_(std::move(inner)), system_(system), options_(options), note_(std::move(note)) {}

  Response send(const Request& request, const Wait& wait) override {
    for (int repeat = 0;; ++repeat) {
      try {
        auto response = inner_->send(request, wait);
        if (!request.repeatable || !is_transient_status(response.status) || !take_from_budget())
          return response;
        if (!wait_after(response, repeat, wait)) return response;
      } catch (const TransportError& error) {
        // What was certainly not sent may be sent again, a POST too.
        if (!error.transient() || (!request.repeatable && error.maybe_sent()) || !take_from_budget()) throw;
        const auto pause = backoff(repeat, options_, system_.random());
        if (pause >= time_left(wait)) throw;
        pause_for(pause, error.message(), wait);
      }
    }
  }

 private:
  bool take_from_budget() { return used_ < options_.budget && ++used_ > 0; }

  Duration time_left(const Wait& wait) const {
    if (wait.deadline == sys::SteadyTime::max()) return Duration::max();
    return std::chrono::duration_cast<Duration>(wait.deadline - system_.steady());
  }

  /// False when there is no time for another attempt and the answer must do.
  bool wait_after(const Response& response, int repeat, const Wait& wait) {
    const auto why = "the server answered " + std::to_string(response.status);
    const auto asked = asked_wait(response, system_.now());
    auto pause = backoff(repeat, options_, system_.random());
    if (asked) {
      refuse_long_wait(*asked, why, wait);
      // A little on top, so that many clients that were told the same do not come back at the same moment.
      pause = std::max(floor_wait, *asked) + std::min(pause, options_.base);
    } else if (response.status == 429 || response.status == 503) {
      pause = std::max(floor_wait, pause);
    }
    if (pause >= time_left(wait)) return false;
    pause_for(pause, why, wait);
    return true;
  }

  void refuse_long_wait(Duration asked, const std::string& why, const Wait& wait) const {
    const auto left = time_left(wait);
    if (asked < left && asked <= options_.retry_after_cap) return;
    const auto limit = std::max(Duration{}, std::min(left, options_.retry_after_cap));
    const auto text =
        asked == Duration::max() ? std::string("an absurdly long time") : render_duration(asked);
    throw TransportError(
        Fault::deadline, false,
        why + " and asks to wait " + text + ": longer than the " + render_duration(limit) +
            (left < options_.retry_after_cap ? " that are left" : " that this program waits"),
        "run it again later, or with a longer timeout");
  }

  void pause_for(Duration pause, const std::string& why, const Wait& wait) {
    if (note_) note_(why + "; trying again in " + render_duration(pause));
    if (system_.sleep_until(system_.steady() + pause, wait.stop)) return;
    throw TransportError(Fault::stopped, false, "interrupted while waiting to try again: " + why);
  }

  std::unique_ptr<Transport> inner_;
  sys::System system_;
  RetryOptions options_;
  std::function<void(const std::string&)> note_;
  int used_{};
};

}  // namespace

std::unique_ptr<Transport> make_retrying(std::unique_ptr<Transport> inner, const sys::System& system,
                                         RetryOptions options, std::function<void(const std::string&)> note) {
  return std::make_unique<RetryingTransport>(std::move(inner), system, options, std::move(note));
}

}  // namespace kolega::net
