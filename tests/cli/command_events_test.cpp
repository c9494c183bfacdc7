#include <doctest/doctest.h>

#include "api/documents.hpp"
#include "cli/api_world.hpp"
#include "cli/event_filter.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;

namespace {

const std::string path = "/api/v1/finding-events";

std::string event_json(const std::string& id, const std::string& at) {
  return R"({"id":)" + test::quoted(id) +
         R"(,"organization_id":"o1","repository_id":"r1","finding_id":"f1","scan_type":"semgrep_scan",)"
         R"("event_type":"status_changed","previous_status":"open","new_status":"ignored","severity":"high",)"
         R"("check_id":"c","file_path":"src/a.c","metadata":{},"event_timestamp":)" +
         test::quoted(at) + R"(,"created_at":)" + test::quoted(at) + "}";
}

}  // namespace

TEST_CASE("events: every filter by its name, times in RFC 3339") {
  ApiWorld world;
  world.on("GET /api/v1/repositories/r1", test::repository_json("r1", "acme/web"));
  world.on("GET " + path, test::whole_page({event_json("e1", "2026-06-01T10:00:00Z")}));
  const auto result = world.run({"findings", "events", "--repository", "r1", "--finding", "f1", "--scan-type",
                                 "semgrep", "--severity", "high", "--event-type", "status_changed", "--since",
                                 "2h", "--until", "2026-06-01", "--limit", "5"});
  CHECK(result.code == 2);  // since is after until
  const auto good = world.run({"findings", "events", "--repository", "r1", "--finding", "f1", "--scan-type",
                               "semgrep", "--severity", "high", "--event-type", "status_changed", "--since",
                               "7d", "--until", "2026-06-01", "--limit", "5"});
  INFO(good.err);
  CHECK(good.code == 0);
  CHECK(world.requests().back() ==
        "GET " + path +
            "?finding_id=f1&scan_type=semgrep_scan&severity=high&event_type=status_changed&repository_id=r1"
            "&start=2026-05-25T12%3A00%3A00Z&end=2026-06-01T00%3A00%3A00Z&limit=5");
  CHECK(contains(good.out, "open -> ignored"));
  CHECK(contains(good.out, "2026-06-01T10:00:00Z"));
}

TEST_CASE("events: no filter asks for the organization; --json is the API's shape; --all ends at now") {
  ApiWorld world;
  world.environment["KOLEGA_REPOSITORY"] = "r1";
  world.on("GET " + path, test::whole_page({event_json("e1", "2026-06-01T10:00:00Z")}));
  CHECK(world.run({"findings", "events"}).code == 0);
  CHECK(world.requests() == std::vector<std::string>{"GET " + path + "?limit=50"});
  const auto json = world.run({"findings", "events", "--all", "--json"});
  CHECK(contains(json.out, "\"organization_id\""));
  CHECK(world.requests().back() == "GET " + path + "?end=2026-06-01T12%3A00%3A00Z&limit=200");
}

TEST_CASE("events: wrong words and times are refused before a request") {
  ApiWorld world;
  const std::vector<std::vector<std::string>> wrong{
      {"--since", "yesterday"}, {"--since", "-2h"},          {"--until", "2026-02-30"}, {"--since", ""},
      {"--severity", "urgent"}, {"--event-type", "detectd"}, {"--event-type", "a b"},   {"--finding", "a/b"},
      {"--scan-type", "x"},     {"--since", "9999999999h"}};
  for (auto words : wrong) {
    words.insert(words.begin(), {"findings", "events"});
    const auto result = world.run(words);
    INFO(words[2], " ", words[3], " ", result.err);
    CHECK(result.code == 2);
    CHECK(contains(result.err, "hint: "));
  }
  CHECK(world.requests().empty());
}

TEST_CASE("an event type that is new to us is asked for, with a warning") {
  ApiWorld world;
  world.on("GET " + path, test::whole_page({}));
  const auto result = world.run({"findings", "events", "--event-type", "archived_by_robot"});
  CHECK(result.code == 0);
  CHECK(contains(result.err, "warning: "));
  CHECK(contains(world.requests().back(), "event_type=archived_by_robot"));
}

TEST_CASE("moments: RFC 3339, dates and durations ago") {
  const auto now = *parse_instant("2026-06-01T12:00:00Z");
  CHECK(cli::parse_moment("90m", "since", now) == *parse_instant("2026-06-01T10:30:00Z"));
  CHECK(cli::parse_moment("7d", "since", now) == *parse_instant("2026-05-25T12:00:00Z"));
  CHECK(cli::parse_moment("2026-05-01", "since", now) == *parse_instant("2026-05-01T00:00:00Z"));
  CHECK(cli::parse_moment("2026-05-01T02:00:00+02:00", "since", now) ==
        *parse_instant("2026-05-01T00:00:00Z"));
}

TEST_CASE("events --follow: lines, a cursor, a signal, and no event twice after a restart") {
  const test::TempDir dir;
  const std::vector<std::string> words{
      "findings",   "events", "--follow",    "--since",        "2026-06-01T00:00:00Z",
      "--interval", "10s",    "--state-dir", dir.file("state")};
  std::string first;
  {
    ApiWorld world;
    world.on("GET " + path, test::whole_page({event_json("e2", "2026-06-01T10:00:01Z"),
                                              event_json("e1", "2026-06-01T10:00:00Z")}));
    world.on_sleep = [&] { world.stop.request_stop(); };
    const auto result = world.run(words);
    INFO(result.err);
    CHECK(result.code == 143);
    CHECK(contains(result.err, "stopped"));
    first = result.out;
  }
  CHECK(std::count(first.begin(), first.end(), '\n') == 2);
  CHECK(first.find("\"e1\"") < first.find("\"e2\""));
  ApiWorld world;  // another address: a cursor of its own
  world.on("GET " + path, test::whole_page({event_json("e3", "2026-06-01T10:00:02Z"),
                                            event_json("e2", "2026-06-01T10:00:01Z"),
                                            event_json("e1", "2026-06-01T10:00:00Z")}));
  int sleeps = 0;
  world.on_sleep = [&] {
    if (++sleeps == 3) world.stop.request_stop();
  };
  const auto once = world.run(words);
  CHECK(std::count(once.out.begin(), once.out.end(), '\n') == 3);
  world.stop = {};
  sleeps = 0;
  const auto again = world.run(words);
  CHECK(again.out.empty());
  CHECK(contains(again.err, "going on where"));
  CHECK(contains(world.requests().back(), "start=2026-06-01T00%3A00%3A00Z") == false);
}

TEST_CASE("events --follow: a broken standard output ends it, a broken server does not") {
  const std::vector<std::string> words{"findings", "events", "--follow", "--since", "1d"};
  ApiWorld world;
  world.on("GET " + path, test::whole_page({event_json("e1", "2026-06-01T10:00:00Z")}));
  std::ostringstream closed;
  closed.setstate(std::ios::badbit);
  CHECK(world.run_into(words, closed).code == 2);

  ApiWorld shaky;
  shaky.on("GET " + path, test::whole_page({}));
  shaky.on("GET " + path, "{}", 200);
  shaky.on("GET " + path, test::whole_page({event_json("e1", "2026-06-01T10:00:00Z")}));
  int sleeps = 0;
  shaky.on_sleep = [&] {
    if (++sleeps == 3) shaky.stop.request_stop();
  };
  const auto result = shaky.run(words);
  INFO(result.err);
  CHECK(contains(result.err, "looking again in"));
  CHECK(contains(result.out, "\"e1\""));
  CHECK(result.code == 143);
}

TEST_CASE("events --follow: what contradicts it, a cursor nobody can read, errors that stay") {
  const test::TempDir dir;
  ApiWorld world;
  for (const auto* never : {"--until=1d", "--limit=3", "--all", "--interval=0s"})
    CHECK(world.run({"findings", "events", "--follow", never}).code == 2);
  CHECK(world.run({"findings", "events", "--interval", "5s"}).code == 2);
  CHECK(world.requests().empty());
  world.on("GET " + path, R"({"detail":"no"})", 401);
  CHECK(world.run({"findings", "events", "--follow"}).code == 4);
  CHECK(world.count("GET") == 1);
}
