// When the next request may go out: at first as fast as answers come, later at the rate that the server's refusals
// and its rate headers have taught. Pure: times come in as values. Not for: sending, or waiting (traffic.hpp).
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "sys/system.hpp"

namespace kolega::fleet {

/// What an answer says about how often to ask.
struct RateWord {
  bool limited{};                          ///< refused because we asked too often
  std::optional<Duration> asked{};         ///< not again before
  std::optional<double> remaining{};       ///< so many more before `resets_in` has passed
  std::optional<Duration> resets_in{};
  friend bool operator==(const RateWord&, const RateWord&) = default;
};

/// Unknown rate: the number of requests in flight grows from a few with each answer, slowly beyond 16. Every refusal
/// stops everything for the time that was asked for. Between two refusals the server's own bucket went from empty to
/// empty, so what it took in that time, pause included, is the permitted rate: from then on a token bucket paces just
/// below it and probes upwards, slowly at first, until the next refusal measures again.
class RateLimiter {
 public:
  explicit RateLimiter(int connections) : connections_(connections) {}

  /// From when on a request may be sent; nothing: first an answer must come.
  std::optional<sys::SteadyTime> permitted(sys::SteadyTime now) const;
  void sent(sys::SteadyTime now);
  /// `sent` is when that request went out: of many refusals at once only the first says something new.
  void answered(sys::SteadyTime sent, sys::SteadyTime now, const RateWord& word);
  /// The request got no answer. `never_sent`: what sent() took is given back.
  void unanswered(bool never_sent);

  /// Requests a second; nothing while it is not known.
  std::optional<double> rate() const noexcept { return rate_; }
  std::uint64_t requests() const noexcept { return requests_; }
  std::uint64_t refused() const noexcept { return refused_; }
  sys::SteadyTime paused_until() const noexcept { return paused_until_; }

 private:
  double tokens_at(sys::SteadyTime now) const;
  void begin_episode(sys::SteadyTime now, const RateWord& word);
  void measure(sys::SteadyTime now);
  void grow(sys::SteadyTime now);
  void take_word(sys::SteadyTime now, const RateWord& word);

  int connections_;
  int in_flight_{};
  double window_{4};                       ///< how many may be in flight
  double latency_{};                       ///< s from a request to its answer, lately
  std::optional<double> rate_;             ///< at which we send
  double known_{};                         ///< what was measured last
  double probe_{};                         ///< growth beyond it, share a second
  bool unsure_{};                          ///< it was measured over a handful of requests, or after a row of refusals
  double tokens_{};
  sys::SteadyTime filled_{};               ///< when `tokens_` was right
  sys::SteadyTime paused_until_{};
  std::optional<sys::SteadyTime> episode_{};  ///< of the last refusal that counted
  std::uint64_t accepted_{};               ///< since then
  int barren_{};                           ///< refusals in a row with nothing accepted in between
  bool idle_{};                            ///< we did not always want to send since then
  sys::SteadyTime last_sent_{};
  sys::SteadyTime grown_{};
  double left_{};                          ///< of what the headers grant
  std::optional<sys::SteadyTime> left_until_{};
  bool asking_anew_{};                     ///< a request was sent behind it, and no answer has told of a new window
  std::uint64_t requests_{};
  std::uint64_t refused_{};
};

}  // namespace kolega::fleet
