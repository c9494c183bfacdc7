// A System whose time only moves when somebody sleeps: tests of waits take none.
#pragma once

#include <vector>

#include "sys/system.hpp"

namespace kolega::test {

class FakeTime {
 public:
  /// 2026-03-01T12:00:00Z unless told otherwise.
  explicit FakeTime(Instant start = *parse_instant("2026-03-01T12:00:00Z")) : wall_(start) {}

  /// Random numbers are always `random`.
  sys::System system(double random = 0.5) {
    sys::System out;
    out.now = [this] { return wall_; };
    out.steady = [this] { return steady_; };
    out.random = [random] { return random; };
    out.sleep_until = [this](sys::SteadyTime until, const std::stop_token& stop) {
      if (stop.stop_requested()) return false;
      const auto slept = std::chrono::duration_cast<Duration>(until - steady_);
      sleeps.push_back(slept);
      steady_ = until;
      wall_ += slept;
      return true;
    };
    out.signal = [] { return 0; };
    return out;
  }
  sys::SteadyTime in(Duration duration) const { return steady_ + duration; }

  std::vector<Duration> sleeps{};

 private:
  Instant wall_;
  sys::SteadyTime steady_{std::chrono::hours{1000}};
};

}  // namespace kolega::test
