#include "api/poll_plan.hpp"

#include <algorithm>
#include <cmath>

namespace kolega::api {

namespace {

/// So many of the polls of the first two minutes may be made earlier than planned, to meet an end that is
/// foretold.
constexpr int aimed_polls = 24;
constexpr Duration shortest_late_wait{1'200};
/// Of the dense polls where no look at earlier scans takes a request: a batch that was attached to, and a
/// fleet, which places looks that are at most this far apart by times of its own (fleet/look_plan.cpp).
constexpr Duration longest_dense_wait{1'500};
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

/// How much longer than without a hint waits may be where hardly any scan ends, and how much shorter where
/// most do. Tried out over priors that are right, too short and too long by up to a hundred times: more
/// saving there gains little within the span and leaves the end of a scan beyond it unseen for most of its
/// length.
constexpr double sparsest = 1.5;
constexpr double densest = 4;
/// Another repository may be so many times larger or smaller.
constexpr int other_size = 2;

Duration scaled(Duration duration, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

}  // namespace

void PollPlan::learn(const Earlier& earlier, int requests) {
  earlier_ = earlier;
  looks_ += requests;
  if (!earlier.likely) return;
  // A span that is over, or that begins where one poll comes every `longest`, tells nothing.
  const bool tells = earlier.likely->late > elapsed_ && earlier.likely->early < table_.settled();
  if (earlier.usual || !tells) earlier_.likely.reset();
}

Duration PollPlan::unaided(Duration elapsed) const {
  const auto settled = table_.settled();
  const int left = PollTable::requests() - polls_ - looks_;
  if (elapsed >= settled || left <= 0) return longest_;
  if (polls_ < PollTable::dense_polls()) {
    const auto wait = table_.wait_after(polls_);
    return looks_ > 0 ? wait : std::min(wait, longest_dense_wait);
  }
  // What is left of the polls, spread so that each wait is the same share of the time that has passed.
  const auto passed = std::max(1.0, static_cast<double>(elapsed.count()));
  const double ratio = std::pow(static_cast<double>(settled.count()) / passed, 1.0 / left);
  return std::max(std::min(shortest_late_wait, longest_), scaled(elapsed, ratio - 1));
}

/// Each poll takes up the same share of what is left of the table, where the time in which most scans end
/// counts several times.
Duration PollPlan::through_likely(Duration elapsed) const {
  const int left = PollTable::requests() - polls_ - looks_;
  if (elapsed >= table_.settled() || left <= 0) return longest_;
  const double now = table_.count_at(elapsed);
  const double begin = std::max(now, table_.count_at(earlier_.likely->early));
  const double end = std::max(begin, table_.count_at(earlier_.likely->late));
  const double inside = end - begin;
  const double outside = table_.last_count() - now - inside;
  const double weight = inside > 0 ? std::clamp((sparsest * left - outside) / inside, 1.0, densest) : 1;
  const double share = (outside + weight * inside) / left;
  const double in_it = share - (begin - now);  // of this poll
  const double next = in_it <= 0                 ? now + share
                      : in_it <= weight * inside ? begin + in_it / weight
                                                 : end + in_it - weight * inside;
  return std::max(shortest_, table_.time_at(next) - elapsed);
}

Duration PollPlan::towards_usual(Duration elapsed) const {
  const auto step = std::clamp(scaled(*earlier_.usual, expected_step), shortest_, longest_);
  const auto begin = scaled(*earlier_.usual, expected_begin);
  if (elapsed < begin) {
    const auto rare = std::clamp(*earlier_.usual / sparse_share, longest_, 2 * longest_);
    const auto sparse = std::min(rare, shortest_ * 5 / 2 + scaled(elapsed, sparse_growth));
    return std::max(step, std::min(sparse, begin - elapsed));
  }
  const auto overdue = elapsed - scaled(*earlier_.usual, expected_end);
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
  // Far from the end there is no need to look often at a percentage that moves evenly: save the polls for
  // later.
  if (elapsed < table_.settled()) reach = std::max(reach, std::min({*eta_ / 2, elapsed / 4, 2 * longest_}));
  const auto margin = std::max(shortest_, elapsed / 100);
  const auto aim = std::min(reach, std::max(shortest_, *eta_ + margin));
  return polls_ + looks_ < aimed_polls || elapsed >= table_.settled() ? aim : std::max(aim, wait);
}

/// After two minutes: not before a poll every `longest` would have come as far.
Duration PollPlan::within_budget(Duration elapsed, Duration wait) const {
  if (elapsed + wait < table_.settled() - longest_) return wait;
  return std::max(wait, longest_ * (polls_ + looks_) - elapsed);
}

Duration PollPlan::next(Duration elapsed, double percent, double random) {
  ++polls_;
  follow(elapsed, percent);
  elapsed_ = elapsed;
  auto wait = earlier_.likely ? through_likely(elapsed) : unaided(elapsed);
  if (earlier_.usual) {
    // Earlier scans may mislead: what they bring about stays within the same number of polls.
    const auto hoped = towards_usual(elapsed);
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
  if (eta_ || !earlier_.usual || *earlier_.usual <= elapsed_) return eta_;
  return *earlier_.usual - elapsed_;
}

std::optional<Duration> expected_duration(std::vector<Duration> earlier) {
  if (earlier.empty()) return std::nullopt;
  const auto middle = earlier.begin() + static_cast<std::ptrdiff_t>(earlier.size() / 2);
  std::nth_element(earlier.begin(), middle, earlier.end());
  return *middle;
}

std::optional<Span> likely_span(std::vector<Duration> elsewhere) {
  if (elsewhere.empty()) return std::nullopt;
  std::ranges::sort(elsewhere);
  const auto at = [&](double share) {
    return elsewhere[static_cast<std::size_t>(
        std::lround(share * static_cast<double>(elsewhere.size() - 1)))];
  };
  return Span{at(0.1) / other_size, at(0.9) * other_size};
}

}  // namespace kolega::api
