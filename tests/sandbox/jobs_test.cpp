#include "sandbox/jobs.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>

using kolega::sandbox::Jobs;

TEST_CASE("jobs all run, never more at once than there are threads") {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  Jobs jobs(3);
  for (int i = 0; i < 20; ++i) {
    jobs.start([&](std::stop_token) {
      const int now = ++running;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      --running;
      ++done;
    });
  }
  jobs.wait();
  CHECK(done == 20);
  CHECK(most > 1);
  CHECK(most <= 3);
}

TEST_CASE("the end stops running jobs and forgets waiting ones") {
  std::atomic<int> started{0};
  {
    Jobs jobs(1);
    for (int i = 0; i < 5; ++i) {
      jobs.start([&](std::stop_token stop) {
        ++started;
        while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      });
    }
    while (started == 0) std::this_thread::yield();
  }
  CHECK(started == 1);
}
