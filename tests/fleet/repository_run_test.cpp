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
  std::vector<bool> lasting_journal{};
  std::vector<Duration> times{};           ///< that scans took

 private:
  Assignment assignment_{assignment()};
  QuotaWatch quota_;
  std::vector<BatchEntry> earlier_;
  Surroundings around_{api.fake.system(), quota_, [this](const BatchEntry& entry, bool lasting) {
                         journal.push_back(entry);
                         lasting_journal.push_back(lasting);
                       },
                       {}, [this](ScanType, Duration took) { times.push_back(took); }, sys::SteadyTime::max()};
};

using Entry = BatchEntry::Step;

BatchEntry entry(Entry step, Instant at, std::string batch = {}) {
  return {"r1", ScanType::semgrep_scan, step, std::move(batch), at};
}

}  // namespace

TEST_CASE("an intent is on disk before the POST, the batch after it") {
  Driver driver;
  driver.api.next.length = 5s;
  const auto inputs = driver.run();
  CHECK(inputs.batches.front().ending == BatchEnding::read);
  CHECK(inputs.batches.front().origin == BatchOrigin::triggered);
  REQUIRE(driver.journal.size() == 2);
  CHECK(driver.journal[0].step == Entry::intent);
  CHECK(driver.journal[1].step == Entry::begun);
  CHECK(driver.journal[1].batch == "b1");
  CHECK(driver.lasting_journal == std::vector<bool>{true, false});
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
