#include "api/poll_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace kolega::api {

namespace {

constexpr int dense_polls = 19;
/// In hundredths of `shortest`: mean lags of 0.12 s at 0.2 s and of 0.3 s at 2 s.
constexpr std::array first_waits{250, 400, 500, 550, 600};
/// Then rarer, so that few polls reach to 20 s, around which the mean lag is 0.6 s again.
constexpr Duration dense_longest{1'200};
constexpr Duration dense_middle{1'500};
constexpr int dense_middle_end = 15;
/// From here on there are never more polls than one every `longest`: 26 of them at 5 s.
constexpr int settled_waits = 25;
/// So many of the polls before that may be made earlier than planned, to meet an end that is foretold.
constexpr int aimed_polls = 24;
constexpr int trusted_polls = 2;  ///< even moves, that is three percentages
constexpr double evenness = 1.5;
constexpr int aim_reach = 3;  ///< aim at the foretold end when it is at most this many waits away

/// The end that earlier scans foretell is looked for from a tenth before it on.
constexpr double expected_begin = 0.9;
constexpr double expected_end = 1.1;
constexpr double expected_step = 0.035;
constexpr double sparse_growth = 0.35;
constexpr int sparse_share = 8;
constexpr double overdue_growth = 0.45;
/// Up to so many polls the expectation alone decides; behind them what is left of the budget does, too.
constexpr int hopeful_polls = 22;

Duration scaled(Duration duration, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace

Duration PollPlan::unaided(Duration elapsed) const {
  const auto settled = settled_waits * longest_;
  if (elapsed >= settled || polls_ + looks_ > settled_waits) return longest_;
  if (polls_ < dense_polls) {
    const auto number = static_cast<std::size_t>(polls_ - 1);
    const auto wait = number < first_waits.size() ? shortest_ * first_waits[number] / 100
                      : polls_ < dense_middle_end ? dense_middle
                                                  : dense_longest;
    return std::clamp(wait, shortest_, std::max(shortest_, longest_));
  }
  // What is left of the polls, spread so that each wait is the same share of the time that has passed.
  const int left = settled_waits + 1 - polls_ - looks_;
  const auto passed = std::max(1.0, static_cast<double>(elapsed.count()));
  const double ratio = std::pow(static_cast<double>(settled.count()) / passed, 1.0 / left);
  return std::max(std::min(dense_longest, longest_), scaled(elapsed, ratio - 1));
}

Duration PollPlan::towards_expected(Duration elapsed) const {
  const auto step = std::clamp(scaled(*expected_, expected_step), shortest_, longest_);
  const auto begin = scaled(*expected_, expected_begin);
  if (elapsed < begin) {
    const auto rare = std::clamp(*expected_ / sparse_share, longest_, 2 * longest_);
    const auto sparse = std::min(rare, shortest_ * 5 / 2 + scaled(elapsed, sparse_growth));
    return std::max(step, std::min(sparse, begin - elapsed));
  }
  const auto overdue = elapsed - scaled(*expected_, expected_end);
  return std::min(longest_, step + scaled(std::max(Duration{}, overdue), overdue_growth));
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

Duration PollPlan::aimed(Duration elapsed, Duration wait) const {
  auto reach = std::min(wait * aim_reach, std::max(wait, longest_));
  // Far from the end there is no need to look often at a percentage that moves evenly: save the polls for later.
  if (elapsed < settled_waits * longest_)
    reach = std::max(reach, std::min({*eta_ / 2, elapsed / 4, 2 * longest_}));
  const auto margin = std::max(shortest_, elapsed / 100);
  const auto aim = std::min(reach, std::max(shortest_, *eta_ + margin));
  return polls_ + looks_ < aimed_polls || elapsed >= settled_waits * longest_ ? aim : std::max(aim, wait);
}

/// After two minutes: not before a poll every `longest` would have come as far.
Duration PollPlan::within_budget(Duration elapsed, Duration wait) const {
  if (elapsed + wait < (settled_waits - 1) * longest_) return wait;
  return std::max(wait, longest_ * (polls_ + looks_) - elapsed);
}

Duration PollPlan::next(Duration elapsed, double percent, double random) {
  ++polls_;
  follow(elapsed, percent);
  elapsed_ = elapsed;
  auto wait = unaided(elapsed);
  if (expected_) {
    // Earlier scans may mislead: what they bring about stays within the same number of polls.
    const auto hoped = towards_expected(elapsed);
    wait = polls_ + looks_ < hopeful_polls ? hoped : std::max(hoped, wait);
  }
  if (eta_) {
    wait = aimed(elapsed, wait);
  } else {
    wait = scaled(wait, 0.98 + 0.04 * random);  // many gates at once must not poll in step
  }
  return within_budget(elapsed, wait);
}

std::optional<Duration> PollPlan::eta() const {
  if (eta_ || !expected_ || *expected_ <= elapsed_) return eta_;
  return *expected_ - elapsed_;
}

std::optional<Duration> expected_duration(std::vector<Duration> earlier) {
  if (earlier.empty()) return std::nullopt;
  const auto middle = earlier.begin() + static_cast<std::ptrdiff_t>(earlier.size() / 2);
  std::nth_element(earlier.begin(), middle, earlier.end());
  return *middle;
}

}  // namespace kolega::api
