#include "cli/exit_code.hpp"

#include <algorithm>
#include <array>

#include "gate/proof_error.hpp"

namespace kolega::cli {

namespace {

constexpr int policy_broken = 1;
constexpr int used_wrongly = 2;
constexpr int quota_exhausted = 3;
constexpr int not_allowed = 4;
constexpr int no_answer = 5;
constexpr int incomplete = 6;
constexpr int still_running = 7;
constexpr int policy_test_failed = 8;
constexpr int proof_failed = 9;
constexpr int bug = 70;
constexpr int signal_base = 128;
constexpr int interrupt_signal = 2;

/// Which of two codes is told when both apply: the one further in front.
constexpr std::array precedence{policy_broken, not_allowed,   used_wrongly, quota_exhausted,
                                no_answer,     still_running, incomplete};

int strictest(const std::vector<int>& codes) {
  for (const int code : precedence) {
    if (std::ranges::find(codes, code) != codes.end()) return code;
  }
  return codes.empty() ? incomplete : codes.front();
}

}  // namespace

int exit_code(const Error& error) {
  if (dynamic_cast<const gate::ProofError*>(&error)) return proof_failed;
  switch (error.kind()) {
    case ErrorKind::usage:
    case ErrorKind::policy:
    case ErrorKind::input:
    case ErrorKind::output:
      return used_wrongly;
    case ErrorKind::auth:
    case ErrorKind::not_found:
      return not_allowed;
    case ErrorKind::quota:
      return quota_exhausted;
    case ErrorKind::network:
    case ErrorKind::api:
      return no_answer;
    case ErrorKind::timeout:
      return still_running;
    case ErrorKind::context:
      return incomplete;
    case ErrorKind::policy_test:
      return policy_test_failed;
    case ErrorKind::interrupted:
      return signal_base + (error.signal() > 0 ? error.signal() : interrupt_signal);
    case ErrorKind::internal:
      return bug;
  }
  return bug;
}

Error with_signal_of(const Error& error, const sys::System& system) {
  const int signal = system.signal ? system.signal() : 0;
  if (error.kind() == ErrorKind::output && signal > 0 && system.stop.stop_requested())
    return Error(ErrorKind::interrupted, "interrupted: " + error.message()).with_signal(signal);
  Error out = error;
  if (error.kind() == ErrorKind::interrupted && error.signal() == 0 && signal > 0) out.with_signal(signal);
  return out;
}

int stricter(int one, int other) {
  // What stands outside the order (a signal, a bug) says more than any verdict.
  for (const int code : {one, other}) {
    if (code != 0 && std::ranges::find(precedence, code) == precedence.end()) return code;
  }
  return strictest({one, other});
}

int exit_code(Cause cause) {
  switch (cause) {
    case Cause::auth:
      return not_allowed;
    case Cause::usage:
      return used_wrongly;
    case Cause::interrupted:
      return signal_base + interrupt_signal;
    case Cause::quota:
      return quota_exhausted;
    case Cause::api:
      return no_answer;
    case Cause::timeout:
      return still_running;
    case Cause::failed:
    case Cause::partial:
    case Cause::context:
      return incomplete;
  }
  return bug;
}

int exit_code(const gate::DecisionRecord& record) {
  switch (record.verdict.outcome) {
    case gate::Outcome::pass:
    case gate::Outcome::warn:
    case gate::Outcome::allowed_incomplete:
    case gate::Outcome::bypassed:
      return 0;
    case gate::Outcome::fail:
      return policy_broken;
    case gate::Outcome::incomplete:
      break;
  }
  std::vector<int> codes;
  for (const auto& entry : record.verdict.incomplete) {
    if (!entry.allowed) codes.push_back(exit_code(entry.cause));
  }
  return strictest(codes);
}

}  // namespace kolega::cli
