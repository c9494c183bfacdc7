#include "sandbox/faults.hpp"

#include "sandbox/http.hpp"

namespace kolega::sandbox {

const Fault* FaultPlan::next(std::string_view route) {
  const Fault* due = nullptr;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const auto& fault = faults_[i];
    if (fault.route != "*" && fault.route != route) continue;
    const auto before = seen_[i]++;
    const bool in_turn = before >= fault.after && (!fault.times || before < fault.after + *fault.times);
    if (in_turn && !due) due = &fault;
  }
  return due;
}

bool needs_answer(const Fault& fault) {
  return fault.acts || (!fault.status && fault.body.empty() && !fault.drop);
}

net::ServerResponse spoil(const Fault& fault, net::ServerResponse answer) {
  if (fault.status && fault.body.empty()) {
    answer = detail_answer(*fault.status, "Fault on purpose: " + std::to_string(*fault.status));
  } else if (!fault.body.empty()) {
    const auto type = fault.body.starts_with('<') ? "text/html" : "application/json";
    answer.status = fault.status.value_or(answer.status);
    answer.headers = {{"Content-Type", type}};
    answer.body = fault.body;
  }
  if (!fault.retry_after.empty()) answer.headers.emplace_back("Retry-After", fault.retry_after);
  answer.delay = fault.delay;
  answer.drop = fault.drop;
  answer.cut_after = fault.cut_after;
  return answer;
}

}  // namespace kolega::sandbox
