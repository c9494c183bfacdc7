// When to ask for a batch's progress again. Pure: times and chance come in as values.
// Not for: asking (scan_runner.cpp).
#pragma once

#include <optional>
#include <vector>

#include "base/time.hpp"

namespace kolega::api {

/// Without any history of how long such a scan takes:
///  - dense at first, so that short scans are seen at once: waits from 2.5 to 6 x `shortest` for the first two
///    seconds, 1.5 s then, 1.2 s around 20 s; 19 polls in all (mean lag 0.3 s at 2 s, 0.6 s at 20 s);
///  - then the polls that a fixed rhythm of `longest` would make in two minutes are used up, each wait the
///    same share of the time that has passed, and from there on one poll every `longest`;
///  - a percentage that has moved evenly for three polls is followed: the next poll aims right behind the end
///    that it foretells, or half way there while it is far. A percentage that jumps, stands still, goes back or
///    is nonsense changes nothing.
/// With expect(): sparse before that time, dense around it, rarer and rarer when the scan is overdue.
/// In every case a scan that takes over two minutes (24 x `longest`) is asked for at most as often as once
/// every `longest`.
class PollPlan {
 public:
  PollPlan(Duration shortest, Duration longest) : shortest_(shortest), longest_(longest) {}

  /// How long such scans have taken before, once somebody has looked; the look counts as a request.
  void expect(std::optional<Duration> expected) {
    expected_ = expected;
    ++looks_;
  }
  /// Call after each poll: how long to wait. `elapsed` since the batch came to us, `random` in [0, 1).
  Duration next(Duration elapsed, double percent, double random);
  /// Time until the end by the percentage, else by earlier scans, when that can be told.
  std::optional<Duration> eta() const;

 private:
  struct Point {
    double at{};  ///< ms
    double percent{};
  };
  Duration unaided(Duration elapsed) const;
  Duration towards_expected(Duration elapsed) const;
  Duration aimed(Duration elapsed, Duration wait) const;
  Duration within_budget(Duration elapsed, Duration wait) const;
  void follow(Duration elapsed, double percent);

  Duration shortest_;
  Duration longest_;
  std::optional<Duration> expected_;
  Duration elapsed_{};  ///< at the last poll
  int polls_{};
  int looks_{};
  int even_{};  ///< how many polls in a row moved the percentage about as fast as on the whole
  std::optional<Point> anchor_;  ///< first percentage that meant something
  Point last_{};
  std::optional<Duration> eta_;
};

/// The median of how long earlier scans took; nothing when there were none.
std::optional<Duration> expected_duration(std::vector<Duration> earlier);

}  // namespace kolega::api
