// Which scans may have been started is on disk before they are, for several at once.
#include "fleet/intents.hpp"

#include <doctest/doctest.h>

#include <atomic>

#include "api/batch_entry.hpp"
#include "base/text.hpp"
#include "fleet/fleet_world.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Step = fleet::BatchEntry::Step;

namespace {

struct World {
  explicit World(std::size_t count, std::vector<ScanType> types = {ScanType::semgrep_scan})
      : folder(dir.file("out"), sample_header(count)) {
    system.steady = [this] { return now; };
    system.now = [] { return *parse_instant("2026-11-23T13:00:00Z"); };
    std::vector<fleet::Intents::Expected> expected;
    for (const auto& selected : sample_header(count).selection) expected.push_back({selected.id, types});
    intents.emplace(folder, system, std::move(expected));
  }
  void note(const std::string& id, ScanType type = ScanType::semgrep_scan) {
    intents->note({id, type, Step::intent, {}, *parse_instant("2026-11-23T12:00:00Z")});
  }
  std::vector<fleet::BatchEntry> journal() const {
    std::vector<fleet::BatchEntry> out;
    const auto text = slurp(dir.file("out/journal.jsonl"));
    for (const auto line : split(text, '\n')) {
      if (!line.empty()) out.push_back(api::read_batch_entry(line, "journal"));
    }
    return out;
  }
  std::size_t intents_of(const std::string& id) const {
    const auto entries = journal();
    return static_cast<std::size_t>(std::ranges::count_if(entries, [&](const auto& entry) {
      return entry.repository_id == id && entry.step == Step::intent;
    }));
  }

  TempDir dir{};
  sys::SteadyTime now{1000s};
  sys::System system{sys::real_system()};
  fleet::OutputFolder folder;
  std::optional<fleet::Intents> intents{};
};

/// How often a list of scans is asked for from now on.
void count_lists(FleetRunWorld& world, std::atomic<std::size_t>& lists) {
  world.server.intercept = [&lists](const net::Request& request) -> std::optional<ScriptedAnswer> {
    lists += request.method == "GET" && request.target.find("/scans?") != std::string::npos ? 1 : 0;
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("the first intent brings those that follow, which then need no wait of their own") {
  World world(40);
  world.note("r-01");
  auto entries = world.journal();
  REQUIRE(entries.size() == fleet::Intents::together);
  CHECK(entries.front().repository_id == "r-01");
  CHECK(entries.back().repository_id == "r-32");
  for (const auto& entry : entries) CHECK(entry.at == *parse_instant("2026-11-23T12:00:00Z"));
  for (int i = 2; i <= 32; ++i) world.note((i < 10 ? "r-0" : "r-") + std::to_string(i));
  CHECK(world.journal().size() == 32);
  world.note("r-33");
  CHECK(world.journal().size() == 40);
}

TEST_CASE("a start that is made again has an intent of its own, and what began has none behind it") {
  World world(40);
  world.note("r-01");
  world.note("r-02");
  world.folder.note({{"r-02", ScanType::semgrep_scan, Step::begun, "b2", {}}}, false);
  world.note("r-01");
  CHECK(world.intents_of("r-01") == 2);
  CHECK(world.intents_of("r-02") == 1);
  CHECK(world.journal().back().repository_id == "r-01");
}

TEST_CASE("an intent that waited for long is written anew, with those behind it that did, too") {
  World world(3);
  world.note("r-01");
  world.now += fleet::Intents::fresh + 1ms;
  world.note("r-02");
  CHECK(world.intents_of("r-01") == 1);
  CHECK(world.intents_of("r-02") == 2);
  CHECK(world.intents_of("r-03") == 2);
  world.note("r-03");
  CHECK(world.intents_of("r-03") == 2);
}

TEST_CASE("all types of a repository are expected, and a repository that is not is written down alone") {
  World world(2, {ScanType::semgrep_scan, ScanType::secrets_scan});
  world.note("r-99");
  CHECK(world.journal().size() == 1);
  world.note("r-01");
  CHECK(world.journal().size() == 5);
  world.note("r-01", ScanType::secrets_scan);
  world.note("r-02", ScanType::secrets_scan);
  world.note("r-02");
  CHECK(world.journal().size() == 5);
}

TEST_CASE("at the end what was not used is taken back") {
  World world(3);
  world.note("r-01");
  world.note("r-02");
  world.intents->close();
  world.intents->close();
  const auto entries = world.journal();
  REQUIRE(entries.size() == 4);
  CHECK(entries.back().repository_id == "r-03");
  CHECK(entries.back().step == Step::none);
}

TEST_CASE("after a kill every repository is still scanned once, and few are looked for first") {
  constexpr std::size_t count = 80;
  FleetRunWorld world(count);
  const auto journal = world.options.folder + "/journal.jsonl";
  const auto results = world.options.folder + "/results.jsonl";
  std::string then;
  std::size_t posts = 0;
  world.server.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method != "POST" || ++posts != 5) return std::nullopt;
    then = slurp(journal);  // of the process that dies now
    world.stop.request_stop();
    return fault(net::TransportError::Fault::stopped, false);
  };
  CHECK(world.run().error.has_value());
  const auto started = world.server.posts();
  for (const auto& [path, text] : {std::pair(journal, then), std::pair(results, std::string())})
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  world.start_anew();
  std::atomic<std::size_t> lists{};
  count_lists(world, lists);
  CHECK_FALSE(world.run().error);
  CHECK(started >= 4);
  CHECK(world.server.posts() == count);
  CHECK(world.results().size() == count);
  CHECK(lists.load() > 0);
  CHECK(lists.load() <= 3 * fleet::Intents::together);
}

TEST_CASE("after an orderly end nothing is looked for that was not started") {
  FleetRunWorld world(80);
  std::size_t posts = 0;
  world.server.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method != "POST" || ++posts != 5) return std::nullopt;
    world.stop.request_stop();
    return fault(net::TransportError::Fault::stopped, false);
  };
  CHECK(world.run().error.has_value());
  world.start_anew();
  std::atomic<std::size_t> lists{};
  count_lists(world, lists);
  CHECK_FALSE(world.run().error);
  CHECK(world.server.posts() == 80);
  CHECK(lists.load() <= 3 * 8);
}
