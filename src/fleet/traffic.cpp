#include "fleet/traffic.hpp"

#include "fleet/rate_headers.hpp"

namespace kolega::fleet {

using sys::SteadyTime;

Traffic::Traffic(const sys::System& system, int connections, std::function<void()> on_change)
    : system_(system), on_change_(std::move(on_change)), limiter_(connections) {}

/// Wakes nobody who could do nothing with it: there are thousands of answers, and hardly one brings anything forward.
void Traffic::changed(std::unique_lock<std::mutex>& lock) {
  constexpr std::chrono::milliseconds worth{1};
  if (waiting_ > 0) change_.notify_all();
  const auto now = system_.steady();
  const bool earlier = told_ > now && limiter_.permitted(now).value_or(SteadyTime::max()) < told_ - worth;
  lock.unlock();
  if (earlier) on_change_();
}

SteadyTime Traffic::look(SteadyTime now) {
  told_ = limiter_.permitted(now).value_or(SteadyTime::max());
  return told_;
}

bool Traffic::take(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (look(now) > now) return false;
  limiter_.sent(now);
  return true;
}

SteadyTime Traffic::next(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  return look(now);
}

void Traffic::wait_for_permit(const net::Wait& wait) {
  using Fault = net::TransportError::Fault;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto now = system_.steady();
    if (wait.stop.stop_requested()) throw net::TransportError(Fault::stopped, false, "interrupted");
    if (now >= wait.deadline)
      throw net::TransportError(Fault::deadline, false, "the time limit ended while the rate limit held it up");
    const auto when = limiter_.permitted(now);
    if (when && *when <= now) return limiter_.sent(now);
    ++waiting_;
    change_.wait_until(lock, wait.stop, std::min(when.value_or(wait.deadline), wait.deadline), [] { return false; });
    --waiting_;
  }
}

void Traffic::give_back() {
  std::unique_lock lock(mutex_);
  limiter_.unanswered(true);
  changed(lock);
}

void Traffic::answered(sys::SteadyTime sent, const net::Response& answer) {
  const auto word = read_rate_word(answer, system_.now());
  std::unique_lock lock(mutex_);
  limiter_.answered(sent, system_.steady(), word);
  changed(lock);
}

void Traffic::unanswered() {
  std::unique_lock lock(mutex_);
  limiter_.unanswered(false);
  changed(lock);
}

Traffic::Figures Traffic::figures() const {
  const std::lock_guard lock(mutex_);
  return {limiter_.requests(), limiter_.refused(), limiter_.rate(), limiter_.paused_until()};
}

void PacedTransport::end_step() {
  if (has_permit_) traffic_.give_back();
  has_permit_ = false;
}

net::Response PacedTransport::send(const net::Request& request, const net::Wait& wait) {
  if (!has_permit_) traffic_.wait_for_permit(wait);
  has_permit_ = false;
  const auto sent = system_.steady();
  try {
    auto answer = inner_->send(request, wait);
    traffic_.answered(sent, answer);
    return answer;
  } catch (...) {
    // Whatever it is goes on to its owner; here only the count must stay right.
    traffic_.unanswered();
    throw;
  }
}

}  // namespace kolega::fleet
