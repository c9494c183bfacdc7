#include "fleet/look_plan.hpp"

#include <algorithm>
#include <cmath>

namespace kolega::fleet {

namespace {

using sys::SteadyTime;

constexpr Duration shortest{200};
constexpr Duration longest_of_young{1'200};
/// The longest wait that api::PollPlan has for a young scan; a longer one keeps to its number of looks.
constexpr Duration young{1'600};
constexpr Duration longest{30'000};
constexpr double presumed_rate = 200;
constexpr double share_of_looks = 0.5;
constexpr double requests_left = 2;        ///< of a repository that runs: a look and the results

constexpr double margin = 1.2;

/// One of the scouts may take longer than everything else.
constexpr std::size_t enough = LookPlan::scouts - 1;
constexpr std::size_t most_kept = 256;
constexpr std::size_t refreshed = 8;       ///< after so many more
constexpr double early_share = 0.03;
constexpr double late_share = 0.97;
constexpr int overdue_share = 8;           ///< one that is overdue is looked at after this part of its age

Duration scaled(Duration duration, double factor) {
  return Duration{static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor)};
}

Duration quantile(std::vector<Duration>& of, double share) {
  const auto place = of.begin() + std::lround(share * static_cast<double>(of.size() - 1));
  std::nth_element(of.begin(), place, of.end());
  return *place;
}

/// A wait after which looks at all that run take their share of the rate.
Duration even_share(const Load& load) {
  const auto seconds = static_cast<double>(load.running) / (share_of_looks * load.rate.value_or(presumed_rate));
  return std::clamp(Duration{static_cast<Duration::rep>(std::min(seconds, 1e6) * 1000)}, shortest, longest);
}

/// Scouts take a quarter of a rate that is known.
Duration share_of_scouts_in(const Load& load) {
  constexpr double share = 0.25;
  if (!load.rate) return {};
  return Duration{static_cast<Duration::rep>(std::min(1000 * LookPlan::scouts / (share * *load.rate), 3e4))};
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

bool is_scarce(const Load& load, Duration scan) {
  return load.rate && requests_left * static_cast<double>(load.left) > *load.rate * seconds(scan);
}

}  // namespace

void LookPlan::ended(ScanType type, Duration took) {
  auto& times = times_[static_cast<std::size_t>(type)];
  if (times.took.size() < most_kept) {
    times.took.push_back(took);
  } else {
    times.took[times.seen % most_kept] = took;
  }
  ++times.seen;
  if (times.seen < enough || (times.seen - enough) % refreshed != 0) return;
  auto sorted = times.took;
  times.expected = Expected{scaled(quantile(sorted, early_share), 0.9),
                            scaled(quantile(sorted, late_share), 1.05) + Duration{50}};
}

SteadyTime LookPlan::place(const Look& look, const Load& load) const {
  const auto share = even_share(load);
  const auto at_least = look.last + (look.planned > young ? look.planned : shortest);
  const auto& expected = times_of(look.type).expected;
  if (!expected) {
    if (look.scout) return look.last + std::max({shortest, look.planned, share_of_scouts_in(load)});
    return std::max(at_least, look.last + (look.planned > young ? share : std::min(share, longest_of_young)));
  }
  const auto late = look.came + expected->late;
  if (look.last < late) {
    if (is_scarce(load, expected->late)) return std::max(at_least, late);
    return std::max(at_least, std::min(late, std::max(look.came + expected->early, look.last + share)));
  }
  const auto age = std::chrono::duration_cast<Duration>(look.last - look.came);
  return std::max(at_least, look.last + std::min(share, std::max(longest_of_young, age / overdue_share)));
}

Starts LookPlan::starts(const Load& load) const {
  std::optional<Duration> scan;
  for (const auto& times : times_) {
    if (times.expected) scan = std::max(scan.value_or(Duration{}), times.expected->late);
  }
  if (!scan || !is_scarce(load, scaled(*scan, margin))) return Starts::first;
  // Each is started, looked at and read: with so many of them a look is always due, and hardly late.
  const auto enough_run = margin * *load.rate * seconds(*scan) / (1 + requests_left);
  return static_cast<double>(load.running) < enough_run ? Starts::third : Starts::fifth;
}

}  // namespace kolega::fleet
