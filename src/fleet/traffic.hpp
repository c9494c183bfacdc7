// The rate limiter as all connections of a fleet share it, and the transport that asks it before each request.
// Thread-safe. Not for: how the rate is learnt (rate_limiter.hpp).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "fleet/rate_limiter.hpp"
#include "net/transport.hpp"

namespace kolega::fleet {

class Traffic {
 public:
  /// `on_change` is told when something may be sent earlier than take() or next() have said.
  Traffic(const sys::System& system, int connections, std::function<void()> on_change);

  /// Takes the right to send one request, if there is one.
  bool take(sys::SteadyTime now);
  /// From when on take() may grant one: `now`, or later; the far future: after an answer.
  sys::SteadyTime next(sys::SteadyTime now);
  /// The same, waiting for it. Throws net::TransportError when the wait ends first.
  void wait_for_permit(const net::Wait& wait);
  /// A right that was not used.
  void give_back();

  void answered(sys::SteadyTime sent, const net::Response& answer);
  void unanswered();

  struct Figures {
    std::uint64_t requests{};
    std::uint64_t refused{};
    std::optional<double> rate{};
    sys::SteadyTime paused_until{};
  };
  Figures figures() const;

 private:
  sys::SteadyTime look(sys::SteadyTime now);
  void changed(std::unique_lock<std::mutex>& lock);

  sys::System system_;
  std::function<void()> on_change_;
  mutable std::mutex mutex_{};
  std::condition_variable_any change_{};
  int waiting_{};                          ///< threads in wait_for_permit()
  sys::SteadyTime told_{};                 ///< what take() or next() said last
  RateLimiter limiter_;
};

/// A transport of one worker. The first request of a step uses the right that came with the step; further ones wait
/// for their own.
class PacedTransport final : public net::Transport {
 public:
  PacedTransport(std::unique_ptr<net::Transport> inner, Traffic& traffic, const sys::System& system)
      : inner_(std::move(inner)), traffic_(traffic), system_(system) {}

  void begin_step() { has_permit_ = true; }
  /// Gives back what was not used.
  void end_step();
  net::Response send(const net::Request& request, const net::Wait& wait) override;

 private:
  std::unique_ptr<net::Transport> inner_;
  Traffic& traffic_;
  const sys::System& system_;
  bool has_permit_{};
};

}  // namespace kolega::fleet
