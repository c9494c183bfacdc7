// One batch on its way to its end: what was seen of it, and one look at its progress with all that may be wrong
// with an answer. Not for: when to look (scan_runner.cpp, fleet/), reading what it found (read_batch.hpp).
#pragma once

#include <vector>

#include "api/poll_plan.hpp"
#include "api/run_context.hpp"

namespace kolega::api {

struct BatchTrack {
  BatchTrack(ScanBatch known, const RunnerOptions& options, sys::SteadyTime now)
      : batch(std::move(known)), plan(options.poll_min, options.poll_max), came(now), next_poll(now) {}

  ScanBatch batch;
  bool running{true};
  PollPlan plan;
  sys::SteadyTime came;  ///< when it came to us
  sys::SteadyTime next_poll;
  bool looked_last{};  ///< the last look before the deadline was made
  bool looked_back{};  ///< at how long earlier scans took
  double percent{};
  int not_found{};  ///< answers in a row that do not know it
  bool gone{};  ///< so many that it does not exist
  int unreadable{};  ///< answers in a row that nobody can read
  FindingRows rows{};
};

/// Asks for the progress once and takes it over. False when there was no usable answer and it is too early to
/// give up; throws when it is not.
bool take_answer(const RunContext& context, BatchTrack& track);

}  // namespace kolega::api
