#include "sys/system.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace kolega;
using namespace std::chrono_literals;

TEST_CASE("an empty variable is as good as none") {
  const sys::Environment environment({{"SET", "value"}, {"EMPTY", ""}});
  CHECK(environment.find("SET") == "value");
  CHECK(environment.find("EMPTY") == std::nullopt);
  CHECK(environment.find("ABSENT") == std::nullopt);
  CHECK(sys::Environment::of_process().find("PATH"));
}

TEST_CASE("the real system") {
  const auto system = sys::real_system();
  CHECK(system.columns >= 1);
  CHECK(system.working_directory.starts_with("/"));
  CHECK(system.now() > Instant{});
  double low = 1;
  double high = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto value = system.random();
    low = std::min(low, value);
    high = std::max(high, value);
  }
  CHECK(low >= 0.0);
  CHECK(low < 0.1);
  CHECK(high > 0.9);
  CHECK(high < 1.0);
}

TEST_CASE("a sleep ends at its time or at the stop, and says which") {
  const auto system = sys::real_system();
  std::stop_source source;
  CHECK(system.sleep_until(system.steady() + 5ms, source.get_token()));
  CHECK(system.sleep_until(system.steady() - 5s, source.get_token()));
  std::jthread stopper([&] {
    std::this_thread::sleep_for(20ms);
    source.request_stop();
  });
  const auto start = system.steady();
  CHECK_FALSE(system.sleep_until(start + 20s, source.get_token()));
  CHECK(system.steady() - start < 10s);
}
