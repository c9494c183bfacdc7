// A POST whose answer was lost: however it is lost, one batch and never two, and never somebody else's.
#include "api/start_scan.hpp"

#include <doctest/doctest.h>

#include "fake_api.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ScanBatch only_batch(const api::Collected& collected) {
  REQUIRE(collected.batches.size() == 1);
  return collected.batches.front();
}

bool is_second_post(const net::Request& request, int posts) {
  return request.method == "POST" && posts == 1;
}

std::vector<std::pair<std::string, ScriptedAnswer>> losses() {
  return {{"connection reset", fault(Fault::receive, true)},
          {"closed while sending", fault(Fault::send, true)},
          {"garbled head", fault(Fault::protocol, true)},
          {"500", answer(500, "")},
          {"502 HTML", answer(502, "<html>")},
          {"503", answer(503, "")},
          {"504", answer(504, "")},
          {"408", answer(408, "")},
          {"429", answer(429, "")},
          {"empty 202", answer(202, "")},
          {"cut 202", answer(202, R"({"batch_id":"b)")},
          {"202 without id", answer(202, R"({"batch_id":null})")}};
}

}  // namespace

TEST_CASE("lost after the batch was made: it is found and adopted, exactly one batch") {
  for (const bool with_date : {true, false}) {
    for (const auto& [name, loss] : losses()) {
      INFO(name);
      FakeApi api;
      api.with_date = with_date;
      api.next.length = 20s;
      api.post_faults[1] = {loss, true};
      const auto batch = only_batch(api.run());
      CHECK(batch.ending == BatchEnding::read);
      CHECK(batch.id == "b1");
      CHECK(batch.origin == BatchOrigin::triggered);
      CHECK(api.posts == 1);
      CHECK(api.batches.size() == 1);
    }
  }
}

TEST_CASE("lost and nothing made: posted again after the list showed nothing") {
  for (const auto& [name, loss] : losses()) {
    INFO(name);
    FakeApi api;
    api.next.length = 20s;
    api.post_faults[1] = {loss, false};
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::read);
    CHECK(api.posts == 2);
    CHECK(api.batches.size() == 1);
    CHECK(api.transport.count("GET", "/scans") == 3 + 1);  // and how long earlier scans took
  }
}

TEST_CASE("lost again and again: bounded, and never a pass") {
  for (const auto& [name, loss] : losses()) {
    INFO(name);
    FakeApi api;
    for (int i = 1; i < 100; ++i) api.post_faults[i] = {loss, false};
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::api);
    CHECK(api.posts == (name == "429" ? 4 : 2));
    CHECK(contains(batch.ending_detail, "no scan that this run began is in the list"));
    CHECK(api.transport.requests().size() < 30);
  }
}

TEST_CASE("a batch that shows up late in the list is still found") {
  FakeApi api;
  api.next.length = 20s;
  api.post_faults[1] = {fault(Fault::receive, true), true};
  int looks = 0;
  api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    const bool list = request.method == "GET" && request.target.find("/scans?") != std::string::npos;
    if (list && ++looks < 3) return answer(200, whole_page({}));
    return std::nullopt;
  };
  CHECK(only_batch(api.run()).ending == BatchEnding::read);
  CHECK(api.posts == 1);
}

TEST_CASE(
    "what was there before is never adopted: yesterday's, another type's, a finished one, a running one") {
  struct Row {
    const char* type;
    Duration ago;
    Duration length;
  };
  for (const auto& row :
       {Row{"semgrep_scan", 24h, 1s}, Row{"secrets_scan", -1s, 1h}, Row{"semgrep_scan", 5min, 1h},
        Row{"semgrep_scan", 30s, 1h}, Row{"semgrep_scan", 30s, 1s}}) {
    FakeApi api;
    api.options.details = false;
    api.add(row.type, row.ago).length = row.length;
    api.post_faults[1] = {fault(Fault::receive, true), false};
    const auto batch = only_batch(api.run());
    CHECK(batch.id == "b2");
    CHECK(api.posts == 2);
  }
}

TEST_CASE("a finished batch is never adopted, even one made after the POST began; nor is there a second one") {
  for (const std::string end : {"completed", "failed"}) {
    INFO(end);
    FakeApi api;
    api.next.length = 0s;
    api.next.at_end = end;
    api.post_faults[1] = {fault(Fault::receive, true), true};
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::api);
    CHECK(contains(batch.ending_detail, "scan batch b1, which began since, has ended"));
    CHECK(api.posts == 1);
    CHECK(api.batches.size() == 1);
  }
}

TEST_CASE("the server's clock decides, not ours") {
  for (const auto ahead : {Duration{3h}, Duration{-3h}}) {
    FakeApi api;
    api.server_ahead = ahead;
    api.next.length = 24h;
    api.options.timeout = 60s;
    // Foreign and running: an hour old by the server's clock.
    api.add("semgrep_scan", 1h - ahead);
    api.post_faults[1] = {fault(Fault::receive, true), false};
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      // What the POST makes is dated by the server's clock too.
      if (is_second_post(request, api.posts)) {
        auto& batch = api.add("semgrep_scan", -ahead);
        ++api.posts;
        return answer(202, batch_json(batch.id, batch.type, "queued", format_instant(batch.created)));
      }
      return std::nullopt;
    };
    const auto batch = only_batch(api.run());
    CHECK(batch.id == "b2");
  }
}

TEST_CASE("a POST that was the first request of all: the list's clock decides") {
  struct Row {
    Duration ahead{};
    bool makes{};
    bool foreign{};  ///< one that runs and began a minute before
  };
  for (const auto ahead : {Duration{3h}, Duration{5min}, Duration{}, Duration{-5min}, Duration{-3h}}) {
    for (const auto& row : {Row{ahead, true, true}, Row{ahead, true, false}, Row{ahead, false, true}}) {
      CAPTURE(ahead.count());
      CAPTURE(row.makes);
      FakeApi api;
      api.options.frugal = true;
      api.options.details = false;
      api.server_ahead = ahead;
      api.next.length = 24h;
      api.options.timeout = 60s;
      if (row.foreign) api.add("semgrep_scan", 60s - ahead);
      std::string expected;
      api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
        if (request.method != "POST") return std::nullopt;
        ++api.posts;
        const bool lost = api.posts == 1;
        if (lost && !row.makes) return fault(Fault::receive, true);
        auto& batch = api.add("semgrep_scan", -ahead);
        expected = batch.id;
        if (lost) return fault(Fault::receive, true);
        return answer(202, batch_json(batch.id, batch.type, "queued", format_instant(batch.created)));
      };
      CHECK(only_batch(api.run()).id == expected);
      CHECK(api.posts == (row.makes ? 1 : 2));
      CHECK(api.transport.requests().front().method == "POST");
    }
  }
}

TEST_CASE("409: only what this run began is attached to") {
  FakeApi foreign;
  foreign.add("semgrep_scan", 1min).length = 1h;
  foreign.post_faults[1] = {answer(409, R"({"detail":"already running"})"), false};
  auto batch = only_batch(foreign.run());
  CHECK(batch.ending == BatchEnding::api);
  CHECK(contains(batch.ending_detail, "did not begin"));
  CHECK_MESSAGE(contains(batch.ending_detail, "--scan-id " + foreign.batches.front().id), batch.ending_detail);
  CHECK(foreign.posts == 1);
  CHECK(foreign.batches.size() == 1);

  // The first POST made it but was lost and is listed late; the second says 409.
  FakeApi ours;
  ours.next.length = 60s;
  ours.post_faults[1] = {fault(Fault::receive, true), true};
  ours.post_faults[2] = {answer(409, ""), false};
  int looks = 0;
  ours.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    const bool list = request.method == "GET" && request.target.find("/scans?") != std::string::npos;
    if (list && ++looks <= 3) return answer(200, whole_page({}));
    return std::nullopt;
  };
  batch = only_batch(ours.run());
  CHECK(batch.ending == BatchEnding::read);
  CHECK(batch.id == "b1");
  CHECK(ours.batches.size() == 1);
}

TEST_CASE("a POST that hung before it was lost may arrive late: it is looked for as long again") {
  struct Row {
    Duration hung;
    Duration late;                         ///< after the loss
    int posts;
  };
  // The last one comes later than anybody waits: then there is another POST, and nothing can be done about it.
  for (const auto& row : {Row{0s, 3s, 1}, Row{8s, 7s, 1}, Row{30s, 29s, 1}, Row{8s, 20s, 2}, Row{1h, 2h, 2}}) {
    INFO(row.hung.count(), " ms, then ", row.late.count());
    FakeApi api;
    api.options.timeout = 3h;
    api.next.length = 1min;
    api.post_faults[1] = {fault(Fault::receive, true, "reset"), false};
    std::optional<sys::SteadyTime> lost;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (request.method == "POST" && !lost) {
        api.fake.advance(row.hung);
        lost = api.fake.steady();
      } else if (lost && api.batches.empty() && request.method == "GET" && api.fake.steady() - *lost >= row.late) {
        api.add("semgrep_scan", 0s);
      }
      return std::nullopt;
    };
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::read);
    CHECK(api.posts == row.posts);
    CHECK(api.batches.size() == 1);
  }
}

TEST_CASE("a list that cannot be read: nobody can know, so no second POST") {
  FakeApi api;
  api.next.length = 1h;
  api.post_faults[1] = {answer(502, ""), true};
  api.intercept = [](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "GET" && request.target.find("/scans?") != std::string::npos)
      return answer(500, "");
    return std::nullopt;
  };
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::api);
  CHECK(api.posts == 1);
}

TEST_CASE("no time left to look: no second POST") {
  FakeApi api;
  api.options.timeout = 1s;
  api.latency = 400ms;
  api.post_faults[1] = {answer(502, ""), true};
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::api);
  CHECK(contains(batch.ending_detail, "no time is left to look"));
  CHECK(api.posts == 1);
}

TEST_CASE("Retry-After of a 429 is obeyed; one longer than the timeout ends it") {
  FakeApi api;
  api.post_faults[1] = {answer(429, "", {{"Retry-After", "40"}}), false};
  CHECK(only_batch(api.run()).ending == BatchEnding::read);
  CHECK(api.fake.passed() >= 40s);
  FakeApi too_long;
  too_long.post_faults[1] = {answer(429, "", {{"Retry-After", "99999"}}), false};
  CHECK(only_batch(too_long.run()).ending == BatchEnding::api);
  CHECK(too_long.posts == 1);
  CHECK(too_long.fake.passed() < 1s);
}

TEST_CASE("certainly not sent: no look and no second POST here, the transport has tried") {
  FakeApi api;
  api.post_faults[1] = {fault(Fault::connect, false, "refused"), false};
  CHECK(only_batch(api.run()).ending == BatchEnding::api);
  CHECK(api.posts == 1);
  CHECK(api.transport.count("GET", "/scans") == 0);
}

TEST_CASE("the deadline in the POST is a timeout that says it was not started") {
  FakeApi api;
  api.post_faults[1] = {fault(Fault::deadline, false, "no time left"), false};
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::timeout);
  CHECK(contains(batch.ending_detail, "not started: no time left"));
}

TEST_CASE("the server's clock goes on while nobody asks it") {
  FakeApi api;
  const api::RunContext context{api.client, api.options, api.fake.system(), {}, api.fake.steady(), sys::SteadyTime::max()};
  api.client.quota();
  api.fake.advance(10min);
  api.next.length = 1h;
  api.add("semgrep_scan", 9min);  // somebody else's, begun since that answer
  api.post_faults[1] = {fault(Fault::receive, true), false};
  api::StartAttempt attempt(ScanType::semgrep_scan, true);
  const auto since = attempt.since(context);
  CHECK(since <= api.fake.now());
  CHECK(since >= api.fake.now() - 3s);
  std::optional<ScanBatch> batch;
  while (!batch) batch = attempt.step(context).batch;
  CHECK(batch->id == "b2");
  CHECK(api.posts == 2);

  // Who reads that later finds what the POST made.
  auto later = api::StartAttempt::perhaps_started(ScanType::semgrep_scan, since, true);
  CHECK(later.step(context).batch.value_or(ScanBatch{}).id == "b2");
}
