// A look at what a run can do without. Not for: what it must know (that throws, or ends a batch).
#pragma once

#include <optional>

#include "api/run_context.hpp"

namespace kolega::api {

/// A failed look is no reason to stop: what it would have told is found out otherwise.
template <class Look>
auto look(const RunContext& context, Look what) -> std::optional<decltype(what())> {
  try {
    return what();
  } catch (const HttpError& error) {
    // A key that may start scans need not be allowed to read everything else.
    if (error.status() == 401) throw;
    context.note(error.message());
  } catch (const Error&) {
    context.note(fault_of_current_error().detail);
  }
  return std::nullopt;
}

/// As long as anybody waits for what a run can do without: an endpoint that is down must not use up the time
/// and the repeats of all others.
constexpr std::chrono::seconds patience_for_a_hint{10};

/// While it lives the client waits no longer than that.
class BriefWait {
 public:
  explicit BriefWait(const RunContext& context) : context_(context) {
    const auto until = std::min(context.deadline, context.system.steady() + patience_for_a_hint);
    context.client.set_wait({until, context.system.stop});
  }
  ~BriefWait() { context_.client.set_wait({context_.deadline, context_.system.stop}); }
  BriefWait(const BriefWait&) = delete;
  BriefWait& operator=(const BriefWait&) = delete;

 private:
  const RunContext& context_;
};

template <class Look>
auto brief_look(const RunContext& context, Look what) -> std::optional<decltype(what())> {
  const BriefWait brief(context);
  return look(context, what);
}

}  // namespace kolega::api
