#include "api/run_context.hpp"

#include "net/retry_policy.hpp"

namespace kolega::api {

void RunContext::tell(ProgressEvent event) const {
  if (!listener) return;
  event.elapsed = elapsed();
  listener(event);
}

void RunContext::note(std::string text) const {
  ProgressEvent event;
  event.kind = ProgressEvent::Kind::note;
  event.text = std::move(text);
  tell(std::move(event));
}

bool RunContext::wait_until(sys::SteadyTime until) const {
  if (until >= deadline) return false;
  if (!system.sleep_until(until, system.stop)) throw Error(ErrorKind::interrupted, "interrupted");
  return true;
}

bool RunContext::wait_for(Duration duration) const {
  // A server may ask for the longest Duration there is; added to a point in time it would lie in the past.
  const auto now = system.steady();
  if (duration >= std::chrono::duration_cast<Duration>(deadline - now)) return false;
  return wait_until(now + duration);
}

std::string attach_command(const std::string& repository_id, const std::vector<std::string>& batch_ids) {
  std::string out = "kolega-gate run --repository " + repository_id;
  for (const auto& id : batch_ids) out += " --scan-id " + id;
  return out;
}

std::string attach_hint(const std::string& repository_id, const std::vector<std::string>& batch_ids) {
  return "attach later with '" + attach_command(repository_id, batch_ids) + "' and the same policy";
}

namespace {

BatchEnding ending_of(ErrorKind kind, bool batch_exists) {
  switch (kind) {
    case ErrorKind::quota:
      return BatchEnding::quota;
    case ErrorKind::timeout:
      return BatchEnding::timeout;
    case ErrorKind::api:
    case ErrorKind::network:
      return BatchEnding::api;
    case ErrorKind::not_found:
      if (batch_exists) return BatchEnding::api;
      throw;
    case ErrorKind::auth:
    case ErrorKind::interrupted:
    case ErrorKind::internal:
    case ErrorKind::usage:
    case ErrorKind::policy:
    case ErrorKind::input:
    case ErrorKind::output:
    case ErrorKind::context:
    case ErrorKind::policy_test:
      throw;
  }
  throw;
}

std::string detail_of(const Error& error) {
  return error.hint().empty() ? error.message() : error.message() + "; " + error.hint();
}

}  // namespace

BatchFault fault_of_current_error(bool batch_exists) {
  try {
    throw;
  } catch (const net::TransportError& error) {
    // A certificate that does not check out may be somebody in the middle: never softened.
    const bool certificate = error.fault() == net::TransportError::Fault::tls && !error.transient();
    if (certificate) throw;
    return {ending_of(error.kind(), batch_exists), detail_of(error), error.transient()};
  } catch (const HttpError& error) {
    return {ending_of(error.kind(), batch_exists), detail_of(error),
            net::is_transient_status(error.status())};
  } catch (const Error& error) {
    return {ending_of(error.kind(), batch_exists), detail_of(error), false};
  }
}

}  // namespace kolega::api
