// Which step of which repository comes next: reading what is done, then starting or looking; a look that has waited long
// takes turns with starts. It holds due times, no threads. Not for: the rate (rate_limiter.hpp), when a look is due
// (look_plan.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "fleet/look_plan.hpp"
#include "sys/system.hpp"

namespace kolega::fleet {

/// A scout is a poll that others wait for: it ranks with reads.
enum class StepKind { read, scout, start, poll };

struct Step {
  std::size_t repository{};                ///< index into the selection
  StepKind kind{};
  sys::SteadyTime due{};
};

/// Where starts come before polls, a poll that is overdue by `patience` is as good as a start: then each has every other
/// turn.
class Scheduler {
 public:
  explicit Scheduler(Duration patience = std::chrono::seconds(10)) : patience_(patience) {}

  void add(Step step);
  /// The best of the steps that are due, taken out.
  std::optional<Step> take(sys::SteadyTime now, Starts starts = Starts::first);
  /// When the next step is due, or was.
  std::optional<sys::SteadyTime> next_due() const;
  std::size_t waiting(StepKind kind) const { return queue_of(kind).size(); }
  bool empty() const { return reads_.empty() && starts_.empty() && polls_.empty(); }

 private:
  struct Entry {
    sys::SteadyTime due{};
    std::uint64_t order{};                 ///< first come, first served among equals
    std::size_t repository{};
    StepKind kind{};
    friend bool operator>(const Entry& a, const Entry& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

  const Queue& queue_of(StepKind kind) const;
  Queue& queue_of(StepKind kind);
  static Step pop(Queue& queue);
  bool start_comes_first(Starts starts, bool read_is_due, bool impatient) const;

  Duration patience_;
  Queue reads_{};
  Queue starts_{};
  Queue polls_{};
  std::uint64_t added_{};
  bool polled_last_{};                     ///< whose turn it is when both wait
  int others_{};                           ///< taken since the last start
};

}  // namespace kolega::fleet
