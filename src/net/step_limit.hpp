// How long one step of a request may take: the caller's wait, and a limit of the step's own.
#pragma once

#include <algorithm>

#include "net/transport.hpp"

namespace kolega::net {

struct StepLimit {
  Wait wait{};
  sys::SteadyTime own{sys::SteadyTime::max()};

  sys::SteadyTime until() const { return std::min(wait.deadline, own); }
};

/// A step that ends `patience` from now at the latest, and takes no more than half of what is left until the
/// deadline (though a second): after one that hangs there is time to try again, or to look what became of a POST.
StepLimit step_limit(const Wait& wait, Duration patience);

/// The step got no end in time: says whether it was stopped, the deadline passed, or its own limit (then
/// `fault`, with `why`).
TransportError step_ended(const StepLimit& limit, TransportError::Fault fault, bool maybe_sent,
                          std::string why);

}  // namespace kolega::net
