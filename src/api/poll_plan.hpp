// When to ask for a batch's progress again. Pure: times and chance come in as values.
// Not for: asking (scan_runner.cpp).
#pragma once

#include <optional>
#include <vector>

#include "api/poll_table.hpp"
#include "base/time.hpp"

namespace kolega::api {

/// From then to then most scans end. Times since their start.
struct Span {
  Duration early{};
  Duration late{};
};

/// What is known of how long such scans take. Empty: nothing is.
struct Earlier {
  std::optional<Duration> usual{};  ///< scans of the same repository and type
  std::optional<Span> likely{};     ///< of the same type of another repository; of no matter beside `usual`
};

/// Where nothing tells how long the scan takes:
///  - dense at first, so that short scans are seen at once: waits from 2.5 to 6 x `shortest` for the first two
///    seconds, then growing from 1.3 to 3 s, and 1.17 s from 17 to 23 s; 18 polls in all (mean lag 0.3 s at
///    2 s, 0.9 s at 5 s, 0.6 s around 20 s); where nobody looks at earlier scans waits are at most 1.5 s;
///  - then the polls that a fixed rhythm of `longest` would make in two minutes are used up, each wait the
///    same share of the time that has passed, and from there on one poll every `longest`;
///  - a percentage that has moved evenly for three polls is followed: the next poll aims right behind the end
///    that it foretells, or half way there while it is far. A percentage that jumps, stands still, goes back
///    or is nonsense changes nothing.
/// Where scans of the same repository tell (`usual`): sparse before that time, dense around it, rarer and
/// rarer when the scan is overdue.
/// Where only scans of another repository tell (`likely`): waits up to 1.5 times as long as without a hint
/// outside that span; the polls that this saves go into it.
/// In every case a scan that takes over two minutes (24 x `longest`) is asked for at most as often as once
/// every `longest`, looks at earlier scans included.
class PollPlan {
 public:
  PollPlan(Duration shortest, Duration longest)
      : shortest_(shortest), longest_(longest), table_(shortest, longest) {}

  /// What looks at earlier scans have told, and how many requests they took: these count as polls do.
  void learn(const Earlier& earlier, int requests);
  /// Call after each poll: how long to wait. `elapsed` since the batch came to us, `random` in [0, 1).
  Duration next(Duration elapsed, double percent, double random);
  /// Time until the end by the percentage, else by earlier scans of the same repository, when that can be
  /// told.
  std::optional<Duration> eta() const;

 private:
  struct Point {
    double at{};  ///< ms
    double percent{};
  };
  Duration unaided(Duration elapsed) const;
  Duration towards_usual(Duration elapsed) const;
  Duration through_likely(Duration elapsed) const;
  Duration aimed(Duration elapsed, Duration wait) const;
  Duration within_budget(Duration elapsed, Duration wait) const;
  void follow(Duration elapsed, double percent);

  Duration shortest_;
  Duration longest_;
  PollTable table_;
  Earlier earlier_{};
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

/// Where scans of a repository of another size end, by how long those of one took: that may be half or twice
/// as large. Nothing when there were none.
std::optional<Span> likely_span(std::vector<Duration> elsewhere);

}  // namespace kolega::api
