// A fleet in memory: every member has a result, whatever ends it.
#include "fleet/fleet_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>

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
