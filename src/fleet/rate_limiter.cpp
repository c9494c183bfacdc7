#include "fleet/rate_limiter.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace kolega::fleet {

namespace {

using sys::SteadyTime;

/// As long as no limit is known: more in flight than this only slowly, since all of them are refused at once when
/// the limit comes.
constexpr double easy_window = 16;
constexpr double slow_growth = 0.01;
constexpr double window_after_refusal = 4;
constexpr double window_reserve = 4;       ///< times what is in flight at the known rate
constexpr double latency_weight = 0.1;     ///< of the latest answer in the mean

constexpr double below_known = 0.97;
constexpr double recovery = 0.10;          ///< towards the known rate, share of it a second
constexpr double first_probe = 0.005;      ///< beyond it
constexpr double probe_growth = 1.15;      ///< each second without a refusal
constexpr double largest_probe = 0.10;
/// What was measured over fewer requests may be far from the truth: it doubles every three seconds until it is measured again.
constexpr std::uint64_t fair_sample = 10;
constexpr double unsure_growth = 0.25;
constexpr double barren_cut = 0.5;
constexpr double barren_floor = 0.25;      ///< share of the known rate
constexpr double slowest = 1.0 / 60;
/// What a pause has filled up in the server's bucket is used at once, but for a reserve.
constexpr double share_of_pause = 0.8;
constexpr double depth_seconds = 0.05;     ///< how much of the rate may go out at once otherwise

constexpr Duration shortest_pause{1000};
constexpr Duration longest_own_pause{60'000};
constexpr Duration most_over_asked{2'000};  ///< a server that says how long to wait is mostly right
constexpr Duration idle_gap{250};

double seconds(SteadyTime::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// A server may ask for any time; no clock can add it all.
Duration bounded(Duration asked) {
  return std::min<Duration>(asked, std::chrono::hours(24 * 365));
}

SteadyTime::duration span(double seconds) {
  return std::chrono::duration_cast<SteadyTime::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

double RateLimiter::tokens_at(SteadyTime now) const {
  const auto depth = std::max({1.0, *rate_ * depth_seconds, tokens_});
  return now <= filled_ ? tokens_ : std::min(depth, tokens_ + seconds(now - filled_) * *rate_);
}

std::optional<SteadyTime> RateLimiter::permitted(SteadyTime now) const {
  if (in_flight_ >= std::min(connections_, static_cast<int>(window_))) return std::nullopt;
  auto when = std::max(now, paused_until_);
  if (left_until_ && left_ < 1) {
    if (now < *left_until_) {
      when = std::max(when, *left_until_);
    } else if (asking_anew_ && in_flight_ > 0) {
      return std::nullopt;
    }
  }
  if (rate_) {
    const auto tokens = tokens_at(when);
    if (tokens < 1) when = std::max(when, filled_) + span((1 - tokens) / *rate_) + std::chrono::microseconds(1);
  }
  return when;
}

void RateLimiter::sent(SteadyTime now) {
  const auto since = std::max(last_sent_, paused_until_);
  const auto rare = rate_ ? span(3 / *rate_) : SteadyTime::duration{};
  if (requests_ > 0 && now - since > std::max<SteadyTime::duration>(idle_gap, rare)) idle_ = true;
  if (rate_) {
    tokens_ = tokens_at(now) - 1;
    filled_ = std::max(filled_, now);
  }
  last_sent_ = now;
  if (left_until_ && now >= *left_until_ && !asking_anew_) {
    asking_anew_ = true;
    left_ = 1;
  }
  left_ -= 1;
  ++in_flight_;
  ++requests_;
}

void RateLimiter::unanswered(bool never_sent) {
  --in_flight_;
  if (!never_sent) return;
  --requests_;
  left_ += 1;
  if (rate_) tokens_ += 1;
}

void RateLimiter::answered(SteadyTime sent, SteadyTime now, const RateWord& word) {
  --in_flight_;
  take_word(now, word);
  if (!word.limited) {
    ++accepted_;
    barren_ = 0;
    latency_ += (seconds(now - sent) - latency_) * latency_weight;
    grow(now);
    return;
  }
  ++refused_;
  if (episode_ && sent <= *episode_) {
    paused_until_ = std::max(paused_until_, now + bounded(word.asked.value_or(Duration{})));
    return;
  }
  begin_episode(now, word);
}

/// The headers count what is left for all that is on its way, too. Answers may overtake one another: within a window what
/// is left never grows. When a window has ended one request asks what the next one grants.
void RateLimiter::take_word(SteadyTime now, const RateWord& word) {
  constexpr Duration jitter{1000};  // servers tell whole seconds
  if (!word.remaining || !word.resets_in) {
    if (asking_anew_) left_until_.reset();  // it tells no more
    return;
  }
  const auto left = *word.remaining - in_flight_;
  const auto until = now + bounded(*word.resets_in);
  const bool same = left_until_ && !asking_anew_ && now < *left_until_ && until <= *left_until_ + jitter;
  left_ = same ? std::min(left_, left) : left;
  left_until_ = same ? std::max(*left_until_, until) : until;
  asking_anew_ = false;
}

void RateLimiter::begin_episode(SteadyTime now, const RateWord& word) {
  if (episode_) measure(now);
  barren_ = accepted_ == 0 && episode_ ? barren_ + 1 : 0;
  const auto own = std::min(longest_own_pause, shortest_pause * (1 << std::min(barren_, 6)));
  const auto pause = word.asked ? std::max({*word.asked, shortest_pause, std::min(own, most_over_asked)}) : own;
  paused_until_ = now + bounded(pause);
  window_ = rate_ ? std::max(window_, window_after_refusal) : window_after_refusal;
  filled_ = paused_until_;
  const bool whole_pause = barren_ == 0 && rate_;
  tokens_ = whole_pause ? std::max(1.0, share_of_pause * *rate_ * std::min(2.0, seconds(pause))) : 1.0;
  episode_ = now;
  accepted_ = 0;
  idle_ = false;
  grown_ = paused_until_;
}

void RateLimiter::measure(SteadyTime now) {
  if (accepted_ == 0) {
    unsure_ = true;
    // Nothing was measured: refusals in a row are answered by longer pauses, and only a little by the rate.
    if (rate_) rate_ = std::max({slowest, known_ * barren_floor, *rate_ * barren_cut});
    return;
  }
  auto measured = static_cast<double>(accepted_) / std::max(0.001, seconds(now - *episode_));
  // While we had nothing to send the bucket may have run over: the true rate is higher, but not than ours.
  if (idle_ && rate_) measured = std::max(measured, *rate_ * 0.9);
  known_ = std::max(slowest, measured);
  rate_ = known_ * below_known;
  probe_ = first_probe;
  unsure_ = accepted_ < fair_sample;
}

void RateLimiter::grow(SteadyTime now) {
  if (!rate_) {
    window_ += window_ < easy_window ? 1 : slow_growth;
    window_ = std::min(window_, static_cast<double>(connections_));
    return;
  }
  // What the rate needs, and some more to use up quickly what a pause has filled up; not all connections at once.
  window_ = std::clamp(*rate_ * latency_ * window_reserve, std::min(easy_window, static_cast<double>(connections_)),
                       static_cast<double>(connections_));
  if (now <= grown_) return;
  const auto time = std::min(1.0, seconds(now - grown_));
  grown_ = now;
  if (tokens_at(now) >= std::max(1.0, *rate_ * depth_seconds)) return;  // it is not the rate that holds us up
  if (unsure_) {
    *rate_ *= 1 + unsure_growth * time;
    return;
  }
  if (*rate_ < known_ * below_known) {
    *rate_ += known_ * recovery * time;
    return;
  }
  *rate_ += known_ * probe_ * time;
  probe_ = std::min(largest_probe, probe_ * std::pow(probe_growth, time));
}

}  // namespace kolega::fleet
