// Which request of which route is answered wrongly on purpose.
// Not for: what the right answer would be.
#pragma once

#include <vector>

#include "sandbox/sandbox.hpp"

namespace kolega::sandbox {

class FaultPlan {
 public:
  explicit FaultPlan(std::vector<Fault> faults) : faults_(std::move(faults)), seen_(faults_.size()) {}

  /// Counts the request and tells the first fault that is due for it, or nothing.
  const Fault* next(std::string_view route);

 private:
  std::vector<Fault> faults_;
  std::vector<std::int64_t> seen_;
};

/// The request must run before it is answered wrongly.
bool needs_answer(const Fault& fault);
/// What the client gets instead of `answer`.
net::ServerResponse spoil(const Fault& fault, net::ServerResponse answer);

}  // namespace kolega::sandbox
