#include "fleet/crew.hpp"

#include <doctest/doctest.h>

#include <chrono>
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
