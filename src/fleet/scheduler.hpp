// Which step of which repository comes next: reading what is done, then starting, then looking; a look that has
// waited long takes turns with starts. It holds due times, no threads. Not for: the rate (rate_limiter.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "sys/system.hpp"

namespace kolega::fleet {

enum class StepKind { read, start, poll };

struct Step {
  std::size_t repository{};                ///< index into the selection
  StepKind kind{};
  sys::SteadyTime due{};
};

/// Polls last: as long as the rate is what holds everything up, a poll that comes later costs nothing and finds the
/// end more surely. One that is overdue by `patience` is as good as a start: then each has every other turn.
class Scheduler {
 public:
  explicit Scheduler(Duration patience = std::chrono::seconds(10)) : patience_(patience) {}

  void add(Step step);
  /// The best of the steps that are due, taken out.
  std::optional<Step> take(sys::SteadyTime now);
  /// When the next step is due, or was.
  std::optional<sys::SteadyTime> next_due() const;
  std::size_t waiting(StepKind kind) const { return queue_of(kind).size(); }
  bool empty() const { return reads_.empty() && starts_.empty() && polls_.empty(); }

 private:
  struct Entry {
    sys::SteadyTime due{};
    std::uint64_t order{};                 ///< first come, first served among equals
    std::size_t repository{};
    friend bool operator>(const Entry& a, const Entry& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

  const Queue& queue_of(StepKind kind) const;
  Queue& queue_of(StepKind kind);
  Step pop(StepKind kind);

  Duration patience_;
  Queue reads_{};
  Queue starts_{};
  Queue polls_{};
  std::uint64_t added_{};
  bool polled_last_{};                     ///< whose turn it is when both wait
};

/// How long to wait for the next look at a batch where `planned` is what a run over it alone would do. While scans are
/// young, looks at all that run take half of the rate (of 200 a second while that is not known): with many running
/// that is rarer than planned, with the last few it is more often, so that the end of the fleet is seen at once.
Duration spread_poll(Duration planned, std::size_t running, std::optional<double> rate);

}  // namespace kolega::fleet
