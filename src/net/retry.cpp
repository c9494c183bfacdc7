// Repeats requests by the rules of retry_policy.hpp, within one budget and the deadline.
#include <algorithm>

#include "net/retry_policy.hpp"

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;

/// Under a Retry-After of 0, a date in the past, or a 429 that names no wait: never hammer.
constexpr Duration floor_wait{1000};

/// AWS's retry quota: a repeat costs five, a repeat that helped is given back, an answer at the first attempt
/// brings one. A server in trouble is thus asked ever less, and one that only stumbles is not given up.
constexpr int repeat_cost = 5;
constexpr int first_answer_gain = 1;

class TokenBucket {
 public:
  explicit TokenBucket(int repeats) : capacity_(repeats * repeat_cost), left_(capacity_) {}
  bool take() {
    if (left_ < repeat_cost) return false;
    left_ -= repeat_cost;
    return true;
  }
  void answered(int repeats) {
    left_ = std::min(capacity_, left_ + (repeats > 0 ? repeat_cost : first_answer_gain));
  }

 private:
  int capacity_;
  int left_;
};

class RetryingTransport final : public Transport {
 public:
  RetryingTransport(std::unique_ptr<Transport> inner, const sys::System& system, RetryOptions options,
                    std::function<void(const std::string&)> note)
      : inner_(std::move(inner)),
        system_(system),
        options_(options),
        note_(std::move(note)),
        bucket_(options.budget) {}

  Response send(const Request& request, const Wait& wait) override {
    for (int repeat = 0;; ++repeat) {
      try {
        auto response = inner_->send(request, wait);
        if (!is_transient_status(response.status)) {
          bucket_.answered(repeat);
          return response;
        }
        if (!request.repeatable || !bucket_.take()) return response;
        if (!wait_after(response, repeat, wait)) return response;
      } catch (const TransportError& error) {
        // What was certainly not sent may be sent again, a POST too.
        if (!error.transient() || (!request.repeatable && error.maybe_sent()) || !bucket_.take()) throw;
        const auto pause = backoff(repeat, options_, system_.random());
        if (pause >= time_left(wait)) throw;
        pause_for(pause, error.message(), wait);
      }
    }
  }

 private:
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
  TokenBucket bucket_;
};

}  // namespace

std::unique_ptr<Transport> make_retrying(std::unique_ptr<Transport> inner, const sys::System& system,
                                         RetryOptions options, std::function<void(const std::string&)> note) {
  return std::make_unique<RetryingTransport>(std::move(inner), system, options, std::move(note));
}

}  // namespace kolega::net
