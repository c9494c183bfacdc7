// When to ask for a batch's progress again. Pure: times and chance come in as values.
// Not for: asking (scan_runner.cpp).
#pragma once

#include <optional>

#include "base/time.hpp"

namespace kolega::api {

/// Without any history of how long such a scan takes:
///  - dense at first, so that short scans are seen at once: the wait grows from 2.5 x `shortest` with the
///  time that
///    has passed, up to 1.2 s, for 24 s (about 20 polls, mean lag 0.6 s after 20 s);
///  - then a fifth of the time that has passed, up to 2 x `longest`, until no more polls were made than one
///  every
///    `longest` would have been (about 3.5 minutes), and from there on one every `longest`;
///  - a percentage that has moved evenly for three polls is followed: the next poll aims right behind the end
///  that it
///    foretells. A percentage that jumps, stands still, goes back or is nonsense changes nothing.
class PollPlan {
 public:
  PollPlan(Duration shortest, Duration longest) : shortest_(shortest), longest_(longest) {}

  /// Call after each poll: how long to wait. `elapsed` since the batch came to us, `random` in [0, 1).
  Duration next(Duration elapsed, double percent, double random);
  /// Time until the end by the percentage, when that can be told.
  std::optional<Duration> eta() const { return eta_; }

 private:
  struct Point {
    double at{};  ///< ms
    double percent{};
  };
  Duration unaided(Duration elapsed) const;
  void follow(Duration elapsed, double percent);

  Duration shortest_;
  Duration longest_;
  int polls_{};
  int even_{};  ///< how many polls in a row moved the percentage about as fast as on the whole
  std::optional<Point> anchor_;  ///< first percentage that meant something
  Point last_{};
  std::optional<Duration> eta_;
};

}  // namespace kolega::api
