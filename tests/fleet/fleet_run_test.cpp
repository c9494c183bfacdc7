// A fleet in memory: every member has a result, whatever ends it.
#include "fleet/fleet_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

#include "fleet/fleet_world.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

/// Records that are written and not yet on disk: files without a name.
std::size_t open_records() {
  std::size_t out = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    out += target.find("/records/") != std::string::npos ? 1 : 0;
  }
  return out;
}

}  // namespace

TEST_CASE("what has ended is written down however long the one who is told of it takes") {
  FleetRunWorld world(400);
  world.options.connections = 8;
  std::atomic<std::size_t> ended{};
  std::atomic<std::size_t> most{};
  const auto code = world.hooks.exit_code;
  world.hooks.exit_code = [&](const gate::DecisionRecord& record) {
    ++ended;
    const auto open = open_records();
    for (auto seen = most.load(); seen < open && !most.compare_exchange_weak(seen, open);) {
    }
    return code(record);
  };
  bool told = false;
  world.hooks.tell = [&](const fleet::Result&) {
    for (int i = 0; i < 600 && !told && ended < 400; ++i) std::this_thread::sleep_for(50ms);
    told = true;
  };
  CHECK_FALSE(world.run().error);
  CHECK(world.results().size() == 400);
  CHECK(ended.load() == 400);
  CHECK(most.load() > 0);
  CHECK(most.load() <= 2 * 64 + 8);
}

TEST_CASE("the time of the whole ends while a baseline is read: every member has a result") {
  for (const bool by_deadline : {true, false}) {
    CAPTURE(by_deadline);
    FleetRunWorld world(12);
    world.options.connections = 4;
    world.options.timeout = 500ms;
    std::atomic<bool> bounded{true};
    world.hooks.read_baseline = [&](api::Client&, const sys::System& system, Duration timeout, gate::Inputs&) {
      if (timeout > 500ms) bounded = false;
      if (!by_deadline) world.stop.request_stop();
      while (!system.stop.stop_requested()) std::this_thread::sleep_for(1ms);
      throw Error(ErrorKind::interrupted, "interrupted");
    };
    const auto ending = world.run();
    CHECK(bounded.load());
    CHECK(ending.error.has_value() == !by_deadline);
    if (!by_deadline) continue;
    const auto results = world.results();
    CHECK(results.size() == 12);
    for (const auto& result : results) CHECK(result.exit_code == 7);
  }
}

TEST_CASE("a POST whose answer nobody saw is found by the server's clock, however wrong ours is") {
  for (const auto ahead : {Duration{-60s}, Duration{}, Duration{20min}}) {
    CAPTURE(ahead.count());
    FleetRunWorld world(1);
    world.server.ahead = ahead;
    world.server.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (request.method != "POST") return std::nullopt;
      world.server.make("r-01");
      world.stop.request_stop();
      return fault(net::TransportError::Fault::stopped, true);
    };
    CHECK(world.run().error.has_value());
    CHECK(world.server.posts() == 1);
    world.server.intercept = {};
    world.start_anew();
    CHECK_FALSE(world.run().error);
    CHECK(world.server.posts() == 1);
    CHECK(world.results().front().exit_code == 0);
  }
}

TEST_CASE("a baseline is read through what passes") {
  for (const int status : {429, 503}) {
    CAPTURE(status);
    FleetRunWorld world(1);
    int refusals = 0;
    world.server.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (request.target.find("/scans?") == std::string::npos || ++refusals > 2) return std::nullopt;
      return answer(status, "");
    };
    world.hooks.read_baseline = [&](api::Client& client, const sys::System&, Duration, gate::Inputs&) {
      CHECK(client.scans("r-01", ScanType::semgrep_scan, "", 5).size() == 1);
    };
    CHECK_FALSE(world.run().error);
    CHECK(world.results().front().exit_code == 0);
    CHECK(refusals == 3);
  }
}

TEST_CASE("when the time is over nobody looks for work") {
  FleetRunWorld world(8);
  world.server.status = "scanning";
  world.options.timeout = 300ms;
  std::atomic<int> looks{};
  world.system.steady = [&] {
    ++looks;
    return std::chrono::steady_clock::now();
  };
  bool first = true;
  int between = 0;
  world.progress = [&](const fleet::Progress&) {
    if (!std::exchange(first, false)) return;
    std::this_thread::sleep_for(1s);  // so long it does not see that the time is over
    between = -looks;
    std::this_thread::sleep_for(500ms);
    between += looks;
  };
  CHECK_FALSE(world.run().error);
  CHECK(between < 500);
  for (const auto& result : world.results()) CHECK(result.exit_code == 7);
}
