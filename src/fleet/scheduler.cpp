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
  queue_of(step.kind).push({step.due, added_++, step.repository, step.kind});
}

Step Scheduler::pop(Queue& queue) {
  const auto entry = queue.top();
  queue.pop();
  return {entry.repository, entry.kind, entry.due};
}

/// Where something else is due, too.
bool Scheduler::start_comes_first(Starts starts, bool read_is_due, bool impatient) const {
  switch (starts) {
    case Starts::first:
      return !read_is_due && (!impatient || polled_last_);
    case Starts::third:
      return others_ >= 2;
    case Starts::fifth:
      return others_ >= 4;
  }
  return true;
}

std::optional<Step> Scheduler::take(sys::SteadyTime now, Starts starts) {
  const auto due = [now](const Queue& queue) { return !queue.empty() && queue.top().due <= now; };
  const bool read = due(reads_);
  const bool start = due(starts_);
  const bool poll = due(polls_);
  if (!read && !start && !poll) return std::nullopt;
  const bool impatient = poll && now - polls_.top().due >= patience_;
  if (start && ((!read && !poll) || start_comes_first(starts, read, impatient))) {
    others_ = 0;
    polled_last_ = false;
    return pop(starts_);
  }
  ++others_;
  if (read) return pop(reads_);
  polled_last_ = true;
  return pop(polls_);
}

std::optional<sys::SteadyTime> Scheduler::next_due() const {
  std::optional<sys::SteadyTime> first;
  for (const auto* queue : {&reads_, &starts_, &polls_}) {
    if (!queue->empty()) first = std::min(first.value_or(sys::SteadyTime::max()), queue->top().due);
  }
  return first;
}

}  // namespace kolega::fleet
