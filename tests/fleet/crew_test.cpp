#include "fleet/crew.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <random>
#include <set>

using namespace kolega;
using namespace kolega::fleet;
using namespace std::chrono_literals;
using sys::SteadyTime;
using Clock = std::chrono::steady_clock;

namespace {

/// Jobs that become due at times, one at a time each; counts what the crew does with them.
class Work {
 public:
  explicit Work(std::size_t most) : crew(mutex, most, {[this] { return take(); }, [this] { return when(); }}) {}

  void add(SteadyTime due) {
    const std::lock_guard lock(mutex);
    due_.insert(due);
    crew.look_again();
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex);
    REQUIRE(ended.wait_for(lock, 20s, [&] { return done == count; }));
  }

  std::mutex mutex{};
  std::condition_variable ended{};
  Duration length{};
  int done{};
  int at_once{};
  int most_at_once{};
  std::set<std::size_t> workers{};
  std::multiset<SteadyTime> due_{};
  Crew crew;  ///< last: its threads use all of the above

 private:
  Crew::Job take() {
    if (when() > Clock::now()) return {};
    due_.erase(due_.begin());
    most_at_once = std::max(most_at_once, ++at_once);
    return [this](std::size_t worker) {
      std::this_thread::sleep_for(length);
      const std::lock_guard lock(mutex);
      workers.insert(worker);
      --at_once;
      ++done;
      ended.notify_all();
    };
  }
  SteadyTime when() const { return due_.empty() ? SteadyTime::max() : *due_.begin(); }
};

}  // namespace

TEST_CASE("as many at once as there is to do, and no more than the crew has") {
  Work work(3);
  work.length = 30ms;
  for (int i = 0; i < 9; ++i) work.add(Clock::now());
  work.wait_for(9);
  CHECK(work.most_at_once == 3);
  CHECK(work.workers.size() == 3);
}

TEST_CASE("few threads do what comes one after the other") {
  Work work(64);
  const auto start = Clock::now();
  for (int i = 0; i < 40; ++i) work.add(start + i * 2ms);
  work.wait_for(40);
  CHECK(work.crew.size() <= 16);  // two, where the machine has time for them
}

TEST_CASE("an earlier task than the one that is watched for is not late") {
  Work work(4);
  work.add(Clock::now() + std::chrono::hours(1));
  work.add(Clock::now());
  work.add(Clock::now() + 20ms);
  work.wait_for(2);
  CHECK(work.crew.size() <= 3);
}

TEST_CASE("a crew that ends waits for what is being done and begins nothing more") {
  Work work(2);
  work.length = 50ms;
  for (int i = 0; i < 6; ++i) work.add(Clock::now());
  while (true) {
    const std::lock_guard lock(work.mutex);
    if (work.at_once == 2) break;
  }
  work.crew.finish();
  CHECK(work.at_once == 0);
  CHECK(work.done >= 2);
  CHECK(work.done < 6);
}

TEST_CASE("nobody is thought to rest twice, nor while it works: who is called then must be there") {
  std::mutex mutex;
  std::condition_variable ended;
  std::multiset<SteadyTime> due;
  std::set<std::size_t> busy;
  std::minstd_rand chance(1);
  Crew* crew_seen = nullptr;
  int begun = 0;
  int wrong = 0;
  constexpr int enough = 6000;
  const auto check = [&] {
    const auto idle = crew_seen->idle();
    const std::set<std::size_t> apart(idle.begin(), idle.end());
    wrong += apart.size() == idle.size() ? 0 : 1;
    wrong += std::ranges::any_of(apart, [&](auto worker) { return busy.contains(worker); }) ? 1 : 0;
  };
  const auto take = [&]() -> Crew::Job {
    if (due.empty() || *due.begin() > Clock::now() || begun == enough) return {};
    due.erase(due.begin());
    if (++begun == enough) ended.notify_all();
    const auto length = std::chrono::microseconds(chance() % 20 == 0 ? 20'000 : 100 + chance() % 1500);
    const auto pause = std::chrono::microseconds(chance() % 5000);
    return [&, length, pause](std::size_t worker) {
      {
        const std::lock_guard lock(mutex);
        busy.insert(worker);
        check();
      }
      std::this_thread::sleep_for(length);
      const std::lock_guard lock(mutex);
      check();
      busy.erase(worker);
      due.insert(Clock::now() + pause);
    };
  };
  const auto when = [&] { return due.empty() || begun == enough ? SteadyTime::max() : *due.begin(); };
  Crew crew(mutex, 64, {take, when});
  std::unique_lock lock(mutex);
  crew_seen = &crew;
  for (int i = 0; i < 40; ++i) due.insert(Clock::now() + i * 1ms);
  crew.look_again();
  REQUIRE(ended.wait_for(lock, 60s, [&] { return begun == enough; }));
  lock.unlock();
  crew.finish();
  CHECK(wrong == 0);
}
