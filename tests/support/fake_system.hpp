// A System whose clock only moves when somebody sleeps or a test says so; nothing takes real time.
#pragma once

#include <vector>

#include "sys/system.hpp"

namespace kolega::test {

class FakeSystem {
 public:
  FakeSystem() {
    system_.now = [this] { return now(); };
    system_.steady = [this] { return steady(); };
    system_.random = [this] { return random_; };
    system_.signal = [this] { return signal_; };
    system_.stop = stop_.get_token();
    system_.sleep_until = [this](sys::SteadyTime until, std::stop_token stop) { return sleep(until, stop); };
  }
  FakeSystem(const FakeSystem&) = delete;
  FakeSystem& operator=(const FakeSystem&) = delete;

  const sys::System& system() const { return system_; }
  Instant now() const { return start_ + passed_; }
  sys::SteadyTime steady() const { return sys::SteadyTime{} + std::chrono::hours(1) + passed_; }
  Duration passed() const { return passed_; }
  void advance(Duration duration) { passed_ += duration; }
  void set_random(double random) { random_ = random; }
  /// As a signal would, once the clock has come to `at` (since the start).
  void stop_at(Duration at, int signal) {
    stop_at_ = at;
    signal_ = signal;
  }
  void stop(int signal) {
    signal_ = signal;
    stop_.request_stop();
  }
  const std::vector<Duration>& sleeps() const { return sleeps_; }

 private:
  bool sleep(sys::SteadyTime until, const std::stop_token& stop) {
    if (stop.stop_requested()) return false;
    const auto duration = std::chrono::ceil<Duration>(until - steady());
    if (stop_at_ && passed_ + duration >= *stop_at_) {
      passed_ = std::max(passed_, *stop_at_);
      stop_.request_stop();
      return false;
    }
    if (duration <= Duration{}) return true;
    sleeps_.push_back(duration);
    passed_ += duration;
    return true;
  }

  Instant start_{*parse_instant("2026-06-01T12:00:00Z")};
  Duration passed_{};
  double random_{0.5};
  std::optional<Duration> stop_at_{};
  int signal_{};
  std::stop_source stop_{};
  std::vector<Duration> sleeps_{};
  sys::System system_{};
};

}  // namespace kolega::test
