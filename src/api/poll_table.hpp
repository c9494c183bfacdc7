// When a scan is asked for of which nothing is known. Pure.
// Not for: what earlier scans or a percentage tell (poll_plan.hpp).
#pragma once

#include "base/time.hpp"

namespace kolega::api {

/// Dense until 23 s, then each wait is the same share of the time that has passed, so that the last poll of
/// the table comes when a poll every `longest` would have made as many requests, one look at earlier scans
/// included.
class PollTable {
 public:
  PollTable(Duration shortest, Duration longest) : shortest_(shortest), longest_(longest) {}

  /// From then on one poll every `longest`.
  Duration settled() const;
  /// Requests until then, with that one.
  static int requests();
  static int dense_polls();
  /// The wait after so many polls, fewer than dense_polls().
  Duration wait_after(int polls) const;

  /// How many polls the table has made by then, the first at 0 not counted; with fractions.
  double count_at(Duration elapsed) const;
  /// When it has made so many.
  Duration time_at(double count) const;
  double last_count() const { return count_at(settled()); }

 private:
  Duration dense_end() const;

  Duration shortest_;
  Duration longest_;
};

}  // namespace kolega::api
