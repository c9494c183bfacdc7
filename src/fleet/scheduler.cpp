#include "fleet/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace kolega::fleet {

const Scheduler::Queue& Scheduler::queue_of(StepKind kind) const {
  switch (kind) {
    case StepKind::read:
    case StepKind::scout:
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

std::optional<Step> Scheduler::take(sys::SteadyTime now, Starts starts) {
  const auto due = [now](const Queue& queue) { return !queue.empty() && queue.top().due <= now; };
  if (due(reads_)) return pop(StepKind::read);
  const bool start = starts != Starts::held && due(starts_);
  const bool poll = due(polls_);
  if (!start && !poll) return std::nullopt;
  const bool impatient = poll && now - polls_.top().due >= patience_;
  const bool poll_first = !start || (poll && (starts != Starts::first || (impatient && !polled_last_)));
  polled_last_ = poll_first;
  return pop(poll_first ? StepKind::poll : StepKind::start);
}

std::optional<sys::SteadyTime> Scheduler::next_due(Starts starts) const {
  std::optional<sys::SteadyTime> first;
  for (const auto* queue : {&reads_, &starts_, &polls_}) {
    if (queue == &starts_ && starts == Starts::held) continue;
    if (!queue->empty()) first = std::min(first.value_or(sys::SteadyTime::max()), queue->top().due);
  }
  return first;
}

}  // namespace kolega::fleet
