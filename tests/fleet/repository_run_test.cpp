#include "fleet/repository_run.hpp"

#include <doctest/doctest.h>

#include "api/fake_api.hpp"
#include "policy/load.hpp"

using namespace kolega;
using namespace kolega::fleet;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

Assignment assignment(const std::string& more = {}) {
  const std::string text = "gate: v1\nname: t\nscan: {types: [semgrep_scan], timeout: 60s}\n" + more +
                           "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n";
  Assignment out;
  out.inputs.policy = policy::require_policy(policy::lint(text, "policy.yaml"), "policy.yaml");
  out.inputs.scan_types = {ScanType::semgrep_scan};
  return out;
}

/// One repository over the fake API; each step is made when it is due, on the fake clock.
class Driver {
 public:
  explicit Driver(std::vector<BatchEntry> earlier = {}, std::optional<api::Quota> quota = {})
      : quota_(std::move(quota)), earlier_(std::move(earlier)) {}

  gate::Inputs run() {
    RepositoryRun one("r1", assignment_, earlier_, around_);
    for (int steps = 0; steps < 500; ++steps) {
      const auto next = one.next([](const Look& look) { return look.last + look.planned; });
      if (!next) break;
      if (next->due > api.fake.steady())
        api.fake.advance(std::chrono::ceil<Duration>(next->due - api.fake.steady()));
      one.step(api.client);
    }
    REQUIRE_FALSE(one.next({}));
    gate::Inputs inputs;
    one.collect(inputs);
    REQUIRE(inputs.batches.size() == 1);
    return inputs;
  }

  FakeApi api{};
  std::vector<BatchEntry> journal{};
  std::vector<Duration> times{};           ///< that scans took

 private:
  Assignment assignment_{assignment()};
  QuotaWatch quota_;
  std::vector<BatchEntry> earlier_;
  Surroundings around_{api.fake.system(), quota_, [this](const BatchEntry& entry) { journal.push_back(entry); }, {},
                       [this](ScanType, Duration took) { times.push_back(took); }, sys::SteadyTime::max()};
};

using Entry = BatchEntry::Step;

BatchEntry entry(Entry step, Instant at, std::string batch = {}) {
  return {"r1", ScanType::semgrep_scan, step, std::move(batch), at};
}

}  // namespace

TEST_CASE("an intent is written down before the POST, the batch after it") {
  Driver driver;
  driver.api.next.length = 5s;
  const auto inputs = driver.run();
  CHECK(inputs.batches.front().ending == BatchEnding::read);
  CHECK(inputs.batches.front().origin == BatchOrigin::triggered);
  REQUIRE(driver.journal.size() == 2);
  CHECK(driver.journal[0].step == Entry::intent);
  CHECK(driver.journal[1].step == Entry::begun);
  CHECK(driver.journal[1].batch == "b1");
  CHECK(driver.api.posts == 1);
}

TEST_CASE("a batch of an earlier run is gone on with, an intent is looked for, also when it has ended meanwhile") {
  for (const bool known : {true, false}) {
    const auto now = FakeSystem().now();
    const std::vector<BatchEntry> earlier{known ? entry(Entry::begun, now - 30s, "b1") : entry(Entry::intent, now - 31s)};
    Driver again(earlier);
    again.api.next.length = 1s;
    again.api.add("semgrep_scan", 30s);
    const auto inputs = again.run();
    INFO(known);
    CHECK(again.api.posts == 0);
    CHECK(inputs.batches.front().id == "b1");
    CHECK(inputs.batches.front().origin == BatchOrigin::resumed);
    CHECK(inputs.batches.front().ending == BatchEnding::read);
  }
}

TEST_CASE("an intent that no batch came of, and a start that was refused, are started anew, once") {
  for (const auto step : {Entry::intent, Entry::none}) {
    const std::vector<BatchEntry> earlier{entry(step, FakeSystem().now() - 5s)};
    Driver driver(earlier);
    driver.api.add("semgrep_scan", 60s);  // somebody else's, older
    const auto inputs = driver.run();
    CHECK(driver.api.posts == 1);
    CHECK(inputs.batches.front().id == "b2");
  }
}

TEST_CASE("429 to a start: one look, then again; however often, never twice and never given up") {
  Driver driver;
  for (int i = 1; i <= 9; ++i) driver.api.post_faults[i] = {answer(429, ""), i == 9};
  const auto inputs = driver.run();
  CHECK(driver.api.posts == 9);
  CHECK(driver.api.batches.size() == 1);
  CHECK(inputs.batches.front().ending == BatchEnding::read);
}

TEST_CASE("a spent quota sends nothing, and the API's word for it ends all that wait") {
  api::Quota quota;
  quota.sast_scans.remaining = 0;
  Driver driver({}, quota);
  CHECK(driver.run().batches.front().ending == BatchEnding::quota);
  CHECK(driver.api.posts == 0);
  CHECK(driver.journal.empty());

  QuotaWatch watch({});
  CHECK_FALSE(watch.take(ScanType::semgrep_scan));
  watch.spent(ScanType::semgrep_scan, "the quota is spent");
  CHECK(watch.take(ScanType::secrets_scan) == "the quota is spent");
  CHECK_FALSE(watch.take(ScanType::deep_ai_scan));
  quota.deep_ai_scans.remaining = 2;
  QuotaWatch counted(quota);
  CHECK_FALSE(counted.take(ScanType::deep_ai_scan));
  CHECK_FALSE(counted.take(ScanType::deep_ai_scan));
  CHECK(counted.take(ScanType::deep_ai_scan));
  counted.give_back(ScanType::deep_ai_scan);
  CHECK_FALSE(counted.take(ScanType::deep_ai_scan));
}

TEST_CASE("trouble on the way is gone through, and one that stays is the batch's end") {
  Driver driver;
  driver.api.next.length = 3s;
  int troubles = 0;
  driver.api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "POST" || ++troubles % 2 == 0) return std::nullopt;
    return troubles % 4 == 1 ? answer(503, "") : answer(429, "");
  };
  CHECK(driver.run().batches.front().ending == BatchEnding::read);
  CHECK(driver.api.posts == 1);
  Driver lost;
  lost.api.intercept = [](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "POST") return std::nullopt;
    return answer(503, "");
  };
  CHECK(lost.run().batches.front().ending == BatchEnding::api);
  CHECK(lost.api.posts == 1);
}

TEST_CASE("the policy's timeout ends a scan that goes on, after a last look") {
  Driver driver;
  driver.api.next.length = 1h;
  const auto inputs = driver.run();
  CHECK(inputs.batches.front().ending == BatchEnding::timeout);
  CHECK(driver.api.fake.passed() < 63s);
  CHECK(driver.api.fake.passed() >= 60s);
}

TEST_CASE("the time that a start waits for the rate is not the scan's") {
  Driver driver;
  driver.api.next.length = 20s;
  auto refusal = answer(429, "");
  refusal.headers.emplace_back("Retry-After", "30");
  for (int post = 1; post <= 4; ++post) driver.api.post_faults[post] = {refusal, false};
  const auto inputs = driver.run();
  CHECK(inputs.batches.front().ending == BatchEnding::read);
  CHECK(driver.api.batches.size() == 1);
  CHECK(driver.api.fake.passed() > 120s);
}

TEST_CASE("a start that is refused for ever ends") {
  Driver driver;
  auto refusal = answer(429, "");
  refusal.headers.emplace_back("Retry-After", "30");
  for (int post = 1; post <= 100; ++post) driver.api.post_faults[post] = {refusal, false};
  const auto inputs = driver.run();
  CHECK(inputs.batches.front().ending != BatchEnding::read);
  CHECK(driver.api.posts < 15);
  CHECK(driver.api.batches.empty());
}

TEST_CASE("401 and a stop are not the repository's") {
  Driver driver;
  driver.api.post_faults[1] = {answer(401, ""), false};
  CHECK_THROWS_AS(driver.run(), api::HttpError);
}

TEST_CASE("a batch of an earlier run that came to nothing is followed by another one") {
  struct Row {
    const char* name;
    std::function<void(FakeApi&)> arrange;
  };
  const auto none_of = [](const char* ending) {
    return [ending](FakeApi& api) {
      api.intercept = [ending](const net::Request& request) -> std::optional<ScriptedAnswer> {
        if (request.target.ends_with(ending)) return answer(404, R"({"detail":"Not found"})");
        return std::nullopt;
      };
    };
  };
  for (const auto& row : {Row{"failed", [](FakeApi& api) { api.batches.front().at_end = "failed"; }},
                          Row{"cancelled", [](FakeApi& api) { api.batches.front().at_end = "cancelled"; }},
                          Row{"unknown", none_of("/b1/progress")}, Row{"no results", none_of("/b1/results")}}) {
    CAPTURE(std::string(row.name));
    Driver again({entry(Entry::begun, FakeSystem().now() - 30s, "b1")});
    again.api.add("semgrep_scan", 30s);
    row.arrange(again.api);
    const auto inputs = again.run();
    CHECK(again.api.posts == 1);
    CHECK(inputs.batches.front().id == "b2");
    CHECK(inputs.batches.front().origin == BatchOrigin::triggered);
    CHECK(inputs.batches.front().ending == BatchEnding::read);
    REQUIRE(again.journal.size() == 3);
    CHECK(again.journal[0].step == Entry::none);
    CHECK(again.journal[2].batch == "b2");
  }
}

TEST_CASE("what came to nothing is not gone on with, and in one run there is one scan") {
  for (const auto* end : {"failed", "canceled", "partial_failure"}) {
    CAPTURE(std::string(end));
    for (const bool resumed : {false, true}) {
      Driver driver(resumed ? std::vector{entry(Entry::intent, FakeSystem().now() - 1h)} : std::vector<BatchEntry>{});
      driver.api.next.at_end = end;
      driver.run();
      CHECK(driver.api.posts == 1);
      REQUIRE(driver.journal.size() == 3);
      CHECK(driver.journal.back().step == Entry::none);
    }
  }
  Driver some;
  some.api.next.failed = 1;
  some.run();
  CHECK(some.journal.back().step == Entry::none);
}

TEST_CASE("one repository that is refused for ever ends, when its time has") {
  for (const std::string where : {"/progress", "/results"}) {
    CAPTURE(where);
    Driver driver;
    driver.api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      driver.api.fake.advance(1s);
      if (request.target.find(where) != std::string::npos) return answer(429, "");
      return std::nullopt;
    };
    CHECK(driver.run().batches.front().ending == BatchEnding::api);
    CHECK(driver.api.fake.passed() > 60s);
  }
}

TEST_CASE("a start that is refused gives its quota back, also where that ends the repository") {
  FakeApi api;
  api::Quota left;
  left.sast_scans.remaining = 1;
  QuotaWatch quota(left);
  std::vector<BatchEntry::Step> steps;
  const auto policy = assignment();
  const Surroundings around{api.fake.system(), quota,
                            [&](const BatchEntry& entry) { steps.push_back(entry.step); },
                            {}, {}, sys::SteadyTime::max()};
  RepositoryRun one("r1", policy, {}, around);
  api.post_faults[1] = {answer(403, R"({"detail":"no"})"), false};
  REQUIRE(one.next({}));
  CHECK_THROWS_AS(one.step(api.client), api::HttpError);
  CHECK(steps == std::vector{Entry::intent, Entry::none});
  CHECK_FALSE(quota.take(ScanType::semgrep_scan));
}

TEST_CASE("a start that the end of the whole cut off may have arrived, and that is said") {
  for (const bool sent : {true, false}) {
    CAPTURE(sent);
    FakeApi api;
    QuotaWatch quota({});
    const auto policy = assignment();
    const Surroundings around{api.fake.system(), quota, [](const BatchEntry&) {}, {}, {}, sys::SteadyTime::max()};
    RepositoryRun one("r1", policy, {}, around);
    api.post_faults[1] = {fault(net::TransportError::Fault::stopped, sent), sent};
    REQUIRE(one.next({}));
    CHECK_THROWS_AS(one.step(api.client), Error);
    one.end_in_timeout("the time ended");
    gate::Inputs inputs;
    one.collect(inputs);
    const auto& detail = inputs.batches.front().ending_detail;
    CHECK((detail.find("not started") == std::string::npos) == sent);
    CHECK((detail.find("not known whether") != std::string::npos) == sent);
  }
}
