#include "fleet/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace kolega::fleet {

const Scheduler::Queue& Scheduler::queue_of(StepKind kind) const {
  switch (kind) {
    case StepKind::read:
      return reads_;
    case StepKind::start:
      return starts_;
    case StepKind::poll:
      break;
  }
  return polls_;
}

Scheduler::Queue& Scheduler::queue_of(StepKind kind) {
  return const_cast<Queue&>(std::as_const(*this).queue_of(kind));
}

void Scheduler::add(Step step) {
  queue_of(step.kind).push({step.due, added_++, step.repository});
}

Step Scheduler::pop(StepKind kind) {
  auto& queue = queue_of(kind);
  const auto entry = queue.top();
  queue.pop();
  return {entry.repository, kind, entry.due};
}

std::optional<Step> Scheduler::take(sys::SteadyTime now) {
  const auto due = [now](const Queue& queue) { return !queue.empty() && queue.top().due <= now; };
  if (due(reads_)) return pop(StepKind::read);
  const bool start = due(starts_);
  const bool poll = due(polls_);
  if (!start && !poll) return std::nullopt;
  const bool impatient = poll && now - polls_.top().due >= patience_;
  const bool poll_first = !start || (impatient && !polled_last_);
  polled_last_ = poll_first;
  return pop(poll_first ? StepKind::poll : StepKind::start);
}

std::optional<sys::SteadyTime> Scheduler::next_due() const {
  std::optional<sys::SteadyTime> first;
  for (const auto* queue : {&reads_, &starts_, &polls_}) {
    if (!queue->empty()) first = std::min(first.value_or(sys::SteadyTime::max()), queue->top().due);
  }
  return first;
}

Duration spread_poll(Duration planned, std::size_t running, std::optional<double> rate) {
  constexpr Duration shortest{200};
  constexpr Duration young{1'600};  // the longest wait that api::PollPlan has for a young scan
  constexpr Duration longest{1'200};
  constexpr double presumed_rate = 200;
  constexpr double share = 0.5;
  if (planned > young) return planned;
  const auto seconds = static_cast<double>(running) / (share * rate.value_or(presumed_rate));
  return std::clamp(Duration{static_cast<Duration::rep>(std::min(seconds, 10.0) * 1000)}, shortest, longest);
}

}  // namespace kolega::fleet
