#include "api/poll_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace kolega::api {

namespace {

/// In hundredths of `shortest`: mean lags of 0.12 s at 0.2 s and of 0.3 s at 2 s.
constexpr std::array first_waits{250, 400, 500, 550, 600};
/// In ms. They grow with the root of the time that has passed, so that the fewest polls reach 17 s; around 20
/// s the mean lag is to be 0.6 s again, until 23 s.
constexpr std::array dense_waits{1'300, 1'550, 1'850, 2'150, 2'400, 2'700,
                                 3'000, 1'170, 1'170, 1'170, 1'170, 1'170};
constexpr int waits = static_cast<int>(first_waits.size() + dense_waits.size());
/// 26 polls, one every `longest` from 0 on, come as far.
constexpr int settled_waits = 25;
/// Without the one request for which a look at earlier scans stands.
constexpr double last_poll = settled_waits - 1;

double ms(Duration duration) {
  return static_cast<double>(duration.count());
}

Duration duration(double milliseconds) {
  return Duration{static_cast<Duration::rep>(milliseconds)};
}

}  // namespace

Duration PollTable::settled() const {
  return settled_waits * longest_;
}

int PollTable::requests() {
  return settled_waits + 1;
}

int PollTable::dense_polls() {
  return waits + 1;
}

Duration PollTable::wait_after(int polls) const {
  const auto number = static_cast<std::size_t>(polls - 1);
  const auto wait = number < first_waits.size() ? shortest_ * first_waits.at(number) / 100
                                                : Duration{dense_waits.at(number - first_waits.size())};
  return std::clamp(wait, shortest_, std::max(shortest_, longest_));
}

Duration PollTable::dense_end() const {
  Duration end{};
  for (int polls = 1; polls <= waits; ++polls) end += wait_after(polls);
  return end;
}

double PollTable::count_at(Duration elapsed) const {
  Duration begin{};
  for (int polls = 1; polls <= waits; ++polls) {
    const auto wait = wait_after(polls);
    if (elapsed < begin + wait) return polls - 1 + ms(elapsed - begin) / ms(wait);
    begin += wait;
  }
  const double whole = std::log(ms(settled()) / ms(begin));
  return waits + (last_poll - waits) * std::min(1.0, std::log(ms(elapsed) / ms(begin)) / whole);
}

Duration PollTable::time_at(double count) const {
  Duration begin{};
  for (int polls = 1; polls <= waits; ++polls) {
    const auto wait = wait_after(polls);
    if (count < polls) return begin + duration(ms(wait) * (count - (polls - 1)));
    begin += wait;
  }
  const double part = (count - waits) / (last_poll - waits);
  return duration(ms(begin) * std::pow(ms(settled()) / ms(begin), part));
}

}  // namespace kolega::api
