// `findings events --follow` as a process against the real sandbox: bursts, faults, and deaths of every kind.
// KOLEGA_EVENTS says how many events there are; tools/verify takes 10,000.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "e2e/harness.hpp"
#include "net/server.hpp"
#include "sandbox/sandbox.hpp"
#include "sys/system.hpp"

using namespace kolega;
using namespace std::chrono_literals;
using test::World;

namespace {

constexpr auto token = "kcp_test_follow";
constexpr std::size_t findings = 250;

std::string many_results() {
  std::string rows;
  for (std::size_t i = 0; i < findings; ++i) {
    rows +=
        std::string(i > 0 ? "," : "") + R"({"ruleId":"r)" + std::to_string(i) +
        R"(","level":"error","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":)"
        R"({"uri":"src/a.c"},"region":{"startLine":3}}}]})";
  }
  return R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Flawfinder"}},"results":[)" + rows + "]}]}";
}

/// A sandbox of this process, so that thousands of events take no time to make.
class Producer {
 public:
  explicit Producer(const World& world, std::vector<sandbox::Fault> faults = {})
      : sandbox_(config_of(world, std::move(faults)), Secret(token), sys::real_system()),
        server_([this](const net::ServerRequest& request) { return sandbox_.handle(request); }, 0) {
    call("POST", "/api/v1/repositories/demo/scans", R"({"scan_type":"semgrep_scan"})");
    sandbox_.wait_for_feeds();
    std::this_thread::sleep_for(50ms);
    for (int skip = 0; skip < static_cast<int>(findings); skip += 200) {
      const auto page =
          call("GET", "/api/v1/repositories/demo/findings?limit=200&skip=" + std::to_string(skip));
      for (const auto& item : page.at("items").as_array()) ids_.emplace_back(item.at("id").as_string());
    }
    made_ = ids_.size();
  }

  /// Each changes the status of one finding.
  void make(std::size_t count) {
    for (; count > 0; --count, ++made_) {
      const bool open = made_ / ids_.size() % 2 == 0;
      call("PATCH", "/api/v1/repositories/demo/findings/" + ids_[made_ % ids_.size()],
           open ? R"({"status":"open"})" : R"({"status":"ignored"})");
    }
  }
  std::size_t made() const { return made_; }
  std::string url() const { return server_.url(); }

  /// The ids of all events, oldest first, straight from the handler.
  std::vector<std::string> all() {
    std::vector<std::string> out;
    for (std::size_t skip = 0;; skip += 200) {
      const auto page = call("GET", "/api/v1/finding-events?limit=200&skip=" + std::to_string(skip));
      for (const auto& item : page.at("items").as_array()) out.emplace_back(item.at("id").as_string());
      if (!page.at("has_next").as_bool()) break;
    }
    std::ranges::reverse(out);
    return out;
  }

 private:
  static sandbox::Config config_of(const World& world, std::vector<sandbox::Fault> faults) {
    sandbox::RepositoryConfig repository;
    repository.id = "demo";
    repository.full_name = "acme/demo";
    repository.feeds[ScanType::semgrep_scan].files = {world.file("many.sarif")};
    sandbox::Config config;
    config.repositories.push_back(repository);
    config.scan_duration = Duration(20);
    config.faults = std::move(faults);
    return config;
  }
  /// A fault that the follower did not meet may strike here.
  boost::json::value call(const std::string& method, const std::string& target,
                          const std::string& body = {}) {
    const net::Headers headers{{"Authorization", std::string("Bearer ") + token},
                               {"Content-Type", "application/json"}};
    for (int attempt = 0; attempt < 10; ++attempt) {
      const auto answer = sandbox_.handle({method, target, headers, body});
      boost::system::error_code failure;
      auto document = boost::json::parse(answer.body, failure);
      if (answer.status < 300 && !answer.drop && !answer.cut_after && !failure) return document;
    }
    throw std::runtime_error(method + " " + target + " fails");
  }

  sandbox::Sandbox sandbox_;
  net::Server server_;
  std::vector<std::string> ids_{};
  std::size_t made_{};
};

/// The follower as a child that appends to a file.
class Follower {
 public:
  Follower(World& world, std::string url) : world_(world), url_(std::move(url)) {}
  ~Follower() { end(SIGKILL); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void start() {
    child_ = ::fork();
    if (child_ != 0) return;
    const int out = ::open(world_.file("events.jsonl").c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
    const int err = ::open(world_.file("follower.log").c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::setenv("KOLEGA_API_URL", url_.c_str(), 1);
    ::setenv("KOLEGA_TOKEN", token, 1);
    const auto state = world_.file("state");
    const std::string binary(test::binary());
    ::execl(binary.c_str(), binary.c_str(), "findings", "events", "--follow", "--since", "1h", "--interval",
            "50ms", "--overlap", "5s", "--state-dir", state.c_str(), static_cast<char*>(nullptr));
    ::_exit(98);
  }
  /// Its exit code, or 128 and the signal.
  int end(int signal) { return test::end_child(child_, signal); }
  std::vector<boost::json::value> printed() const {
    std::vector<boost::json::value> out;
    std::istringstream lines(world_.read("events.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      boost::system::error_code failure;
      auto value = boost::json::parse(line, failure);
      if (!failure) out.push_back(std::move(value));
    }
    return out;
  }
  /// Waits until so many lines are there.
  void await(std::size_t lines) const {
    for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
      const auto text = world_.read("events.jsonl");
      if (static_cast<std::size_t>(std::ranges::count(text, '\n')) >= lines) return;
      std::this_thread::sleep_for(20ms);
    }
  }

 private:
  World& world_;
  std::string url_;
  pid_t child_{};
};

std::size_t wanted_events() {
  const auto* text = std::getenv("KOLEGA_EVENTS");
  return text ? static_cast<std::size_t>(std::atol(text)) : 2'000;
}

void check_exactly_once(const std::vector<boost::json::value>& printed, const std::vector<std::string>& all) {
  std::set<std::string> seen;
  Instant last{};
  std::size_t twice = 0;
  std::size_t disordered = 0;
  for (const auto& event : printed) {
    if (!seen.insert(std::string(event.at("id").as_string())).second) ++twice;
    const auto at = *parse_instant(std::string(event.at("event_timestamp").as_string()));
    if (at < last) ++disordered;
    last = at;
  }
  std::size_t lost = 0;
  for (const auto& id : all) lost += seen.contains(id) ? 0 : 1;
  CHECK(lost == 0);
  CHECK(twice == 0);
  CHECK(disordered == 0);
  CHECK(seen.size() == all.size());
}

const std::string events_route = "GET /api/v1/finding-events";

}  // namespace

TEST_CASE("findings events --follow: bursts, faults, SIGTERM and SIGKILL: none lost, none twice, in order") {
  World world;
  world.write("many.sarif", many_results());
  Producer producer(world, {{.route = events_route, .after = 20, .times = 1, .status = 503},
                            {.route = events_route, .after = 40, .times = 1, .drop = true},
                            {.route = events_route, .after = 60, .times = 1, .cut_after = 500},
                            {.route = events_route, .after = 90, .times = 1, .status = 500},
                            {.route = events_route, .after = 120, .times = 1, .body = "<html>bad</html>"}});
  Follower follower(world, producer.url());
  follower.start();
  const auto total = wanted_events();
  const auto burst = std::max<std::size_t>(1, total / 20);
  for (int round = 0; producer.made() < total; ++round) {
    producer.make(burst / 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(round * 37 % 150));  // anywhere in its work
    const bool kill = round % 2 == 0;
    const int code = follower.end(kill ? SIGKILL : SIGTERM);
    CHECK(code == (kill ? 128 + SIGKILL : 143));
    producer.make(burst - burst / 2);  // while nobody looks
    follower.start();
    if (round % 4 == 3) follower.await(producer.made());  // and sometimes it catches up
  }
  follower.await(producer.made());
  std::this_thread::sleep_for(300ms);  // would something come twice?
  CHECK(follower.end(SIGTERM) == 143);
  INFO(world.read("follower.log"));
  check_exactly_once(follower.printed(), producer.all());
}

TEST_CASE("two followers of one state: the second ends at once and says why, the first goes on") {
  World world;
  world.write("many.sarif", many_results());
  Producer producer(world);
  Follower first(world, producer.url());
  first.start();
  first.await(findings);
  world.set("KOLEGA_API_URL", producer.url());
  world.set("KOLEGA_TOKEN", token);
  const std::vector<std::string> words{"findings", "events",      "--follow", "--since",
                                       "1h",       "--state-dir", "state"};
  const auto second = world.run(words);
  CHECK(second.exit_code == 2);
  CHECK(second.out.empty());
  CHECK(second.err.find("another kolega-gate follows these events already") != std::string::npos);
  producer.make(10);
  first.await(findings + 10);
  CHECK(first.end(SIGTERM) == 143);
  check_exactly_once(first.printed(), producer.all());
}

TEST_CASE("a kill between a line and its note, and in the middle of a line: a file is made whole") {
  World world;
  world.write("many.sarif", many_results());
  Producer producer(world);
  Follower follower(world, producer.url());
  follower.start();
  follower.await(findings);
  follower.end(SIGTERM);
  producer.make(3);
  // As if it had been killed after the first of the three, and in the middle of the second.
  const auto fourth = [&] {
    const auto ids = producer.all();
    return ids.at(findings);
  }();
  const auto line = R"({"id":")" + fourth + R"(","event_timestamp":"2099-01-01T00:00:00Z"})";
  world.write("events.jsonl", world.read("events.jsonl") + line + "\n{\"id\":\"ab");
  follower.start();
  follower.await(findings + 3);
  std::this_thread::sleep_for(200ms);
  CHECK(follower.end(SIGTERM) == 143);
  const auto printed = follower.printed();
  CHECK(printed.size() == findings + 3);
  std::set<std::string> ids;
  for (const auto& event : printed) ids.emplace(event.at("id").as_string());
  CHECK(ids.size() == findings + 3);
}
