#include "api/poll_plan.hpp"

#include <algorithm>

namespace kolega::api {

namespace {

constexpr Duration dense_phase{24'000};
constexpr double dense_growth = 0.55;
constexpr Duration dense_longest{1'200};
constexpr int later_share = 5;
constexpr int trusted_polls = 2;  ///< even moves, that is three percentages
constexpr double evenness = 1.5;
constexpr int aim_reach = 3;  ///< aim at the foretold end when it is at most this many waits away

Duration scaled(Duration duration, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace

Duration PollPlan::unaided(Duration elapsed) const {
  const auto dense_cap = std::min(dense_longest, longest_);
  if (elapsed < dense_phase) {
    return std::clamp(shortest_ * 5 / 2 + scaled(elapsed, dense_growth), shortest_,
                      std::max(shortest_, dense_cap));
  }
  const auto cap = std::clamp(elapsed / later_share, dense_cap, 2 * longest_);
  return std::clamp(longest_ * polls_ - elapsed, std::min(longest_, cap), cap);
}

void PollPlan::follow(Duration elapsed, double percent) {
  eta_.reset();
  const Point now{static_cast<double>(elapsed.count()), percent};
  const bool means_something = percent > 0 && percent < 100;
  if (!means_something || !anchor_ || percent < last_.percent) {
    anchor_ = means_something ? std::optional(now) : std::nullopt;
    even_ = 0;
    last_ = now;
    return;
  }
  const double whole = (now.percent - anchor_->percent) / std::max(1.0, now.at - anchor_->at);
  const double step = (now.percent - last_.percent) / std::max(1.0, now.at - last_.at);
  last_ = now;
  const bool even = step > 0 && step < whole * evenness && whole < step * evenness;
  even_ = even ? even_ + 1 : 0;
  if (even_ >= trusted_polls)
    eta_ = Duration{static_cast<Duration::rep>(std::min((100 - percent) / whole, 1e12))};
}

Duration PollPlan::next(Duration elapsed, double percent, double random) {
  ++polls_;
  follow(elapsed, percent);
  const auto wait = unaided(elapsed);
  // Many gates at once must not poll in step. Later on only upwards, to stay within the budget.
  const double jitter = elapsed < dense_phase ? 0.98 + 0.04 * random : 1 + 0.05 * random;
  if (!eta_) return scaled(wait, jitter);
  const auto reach = std::min(wait * aim_reach, std::max(wait, longest_));
  const auto margin = std::max(shortest_, elapsed / 100);
  return std::min(reach, std::max(shortest_, *eta_ + margin));
}

}  // namespace kolega::api
