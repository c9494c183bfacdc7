// When to look at a scan that runs: what the scans of this fleet that have ended took says when those that run will end,
// and the rate says how many looks there may be. Pure. Not for: the order of what is due (scheduler.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "model/scan_type.hpp"
#include "sys/system.hpp"

namespace kolega::fleet {

/// A scan that runs, as its repository knows it.
struct Look {
  ScanType type{};
  sys::SteadyTime came{};                  ///< when it was begun, or taken up
  sys::SteadyTime last{};                  ///< when it was looked at last, or `came`
  Duration planned{};                      ///< from `last` on: what a run over this repository alone would wait
  bool scout{};                            ///< see LookPlan::scouts
};

/// How starts share the rate with looks and reads that are due; where none is due, all of it is theirs.
enum class Starts {
  first,
  third,  ///< every third request, which is what keeps as many running as there are
  fifth,  ///< fewer begin than end
};

/// Where the fleet stands.
struct Load {
  std::size_t left{};                      ///< repositories that have not ended, those that run included
  std::size_t running{};                   ///< those among them whose scans run
  std::optional<double> rate{};            ///< permitted requests a second, once it is known
};

class LookPlan {
 public:
  /// The first repositories of a fleet are looked at as often as a run over one would: how long their scans take is
  /// what the looks at all others are placed by.
  static constexpr std::size_t scouts = 12;

  /// A scan ended and took so long.
  void ended(ScanType type, Duration took);
  bool knows(ScanType type) const { return times_of(type).expected.has_value(); }

  /// When the next look is worth its request. While the rate holds everything up that is when the scan has ended almost
  /// surely; else looks at all that run take half of the rate, so that the end of the last few is seen at once.
  sys::SteadyTime place(const Look& look, const Load& load) const;
  /// First while nothing is known, and when what would be left to do behind the last start is no more than the scan that
  /// it begins takes. Before that a share costs no time and brings results sooner: more scans that run than the rate can
  /// look after would only wait for their look.
  Starts starts(const Load& load) const;

 private:
  struct Expected {
    Duration early{};                      ///< hardly any has ended before
    Duration late{};                       ///< nearly all have ended
  };
  struct Times {
    std::vector<Duration> took{};          ///< the latest, as a ring
    std::size_t seen{};
    std::optional<Expected> expected{};
  };
  static constexpr std::size_t types = std::size(all_scan_types);

  const Times& times_of(ScanType type) const { return times_[static_cast<std::size_t>(type)]; }

  std::array<Times, types> times_{};
};

}  // namespace kolega::fleet
