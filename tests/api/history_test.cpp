#include "api/history.hpp"

#include <doctest/doctest.h>

#include "fake_api.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;

namespace {

const std::string root = "/api/v1/repositories";

struct Asker {
  FakeApi api{};
  api::ProgressListener listener{[this](const api::ProgressEvent& event) { notes.push_back(event.text); }};
  std::vector<std::string> notes{};
  api::RunContext context{api.client, api.options,       api.fake.system(),
                          listener,   api.fake.steady(), api.fake.steady() + 30min};

  Asker() { api.repositories = {"r1", "r2", "r3", "r4"}; }

  void add(const std::string& repository, const std::string& type, Duration length, int count = 1) {
    for (int i = 0; i < count; ++i) api.add(type, 24h, repository).length = length + 1s * i;
  }
  /// As where the repository was found by its name.
  void list_repositories() { api.client.repositories(); }

  std::vector<std::string> targets(std::size_t from = 0) const {
    std::vector<std::string> out;
    for (auto i = from; i < api.transport.requests().size(); ++i)
      out.push_back(api.transport.requests()[i].target);
    return out;
  }
};

ScanBatch of_type(ScanType type) {
  ScanBatch batch;
  batch.id = "ours";
  batch.type = type;
  return batch;
}

const auto semgrep = of_type(ScanType::semgrep_scan);

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a repository that has been scanned before tells by itself, and nobody asks elsewhere") {
  Asker asker;
  asker.list_repositories();
  asker.add("r1", "semgrep_scan", 30s, 3);
  asker.add("r3", "semgrep_scan", 90s, 3);
  api::History history(asker.context, false);
  const auto told = history.of(semgrep, true);
  CHECK(told.own == std::vector<Duration>{32s, 31s, 30s});
  CHECK(told.elsewhere.empty());
  CHECK(told.requests == 1);
  CHECK(asker.targets(1) == Texts{root + "/r1/scans?scan_type=semgrep_scan&status=completed&limit=5"});
}

TEST_CASE(
    "a first scan: what scans of the same type took in another repository, from the middle of the list") {
  Asker asker;
  asker.list_repositories();
  asker.add("r3", "semgrep_scan", 90s, 3);
  asker.add("r2", "semgrep_scan", 10s);
  asker.add("r3", "secrets_scan", 5s);
  api::History history(asker.context, false);
  const auto told = history.of(semgrep, true);
  CHECK(told.own.empty());
  CHECK(told.elsewhere == std::vector<Duration>{92s, 91s, 90s});
  CHECK(told.requests == 2);
  CHECK(asker.targets(2) == Texts{root + "/r3/scans?scan_type=semgrep_scan&status=completed&limit=20"});
  CHECK(asker.notes.empty());
  // Both without a hint are bounded in time.
  for (std::size_t i = 1; i < asker.api.transport.waits().size(); ++i)
    CHECK(asker.api.transport.waits()[i].deadline == asker.api.fake.steady() + 10s);
}

TEST_CASE("where no repository has been listed a few are, unless there is only one") {
  Asker asker;
  asker.add("r3", "semgrep_scan", 90s);
  api::History history(asker.context, false);
  const auto told = history.of(semgrep, true);
  CHECK(told.elsewhere == std::vector<Duration>{90s});
  CHECK(told.requests == 3);
  CHECK(asker.targets()[1] == root + "?limit=20");

  Asker alone;
  alone.api.repositories = {"r1"};
  alone.api.client.quota();
  api::History of_one(alone.context, false);
  CHECK(of_one.of(semgrep, true).requests == 1);

  Asker unknown;  // the quota has not been read
  unknown.api.repositories = {"r1"};
  api::History of_unknown(unknown.context, false);
  CHECK(of_unknown.of(semgrep, true).requests == 2);
  CHECK(of_unknown.of(semgrep, true).requests == 1);  // nobody lists them again
}

TEST_CASE("nobody looks elsewhere when that is not wanted") {
  Asker asker;
  asker.add("r3", "semgrep_scan", 90s);
  api::History history(asker.context, false);
  const auto told = history.of(semgrep, false);
  CHECK(told.elsewhere.empty());
  CHECK(told.requests == 1);
}

TEST_CASE("several types share one list of the own repository, and one of another") {
  Asker asker;
  asker.list_repositories();
  asker.add("r1", "semgrep_scan", 30s);
  asker.add("r3", "secrets_scan", 5s);
  asker.add("r3", "sbom_scan", 7s);
  api::History history(asker.context, true);
  const auto first = history.of(semgrep, true);
  CHECK(first.own == std::vector<Duration>{30s});
  CHECK(first.requests == 1);
  const auto second = history.of(of_type(ScanType::secrets_scan), true);
  CHECK(second.own.empty());
  CHECK(second.elsewhere == std::vector<Duration>{5s});
  CHECK(second.requests == 1);
  const auto third = history.of(of_type(ScanType::sbom_scan), true);
  CHECK(third.elsewhere == std::vector<Duration>{7s});
  CHECK(third.requests == 0);
  CHECK(asker.targets(1) ==
        Texts{root + "/r1/scans?status=completed&limit=50", root + "/r3/scans?status=completed&limit=50"});
}

TEST_CASE("a type that scans of others have crowded out of the shared list is asked for by itself") {
  Asker asker;
  asker.add("r1", "deep_ai_scan", 300s);
  asker.add("r1", "semgrep_scan", 30s, 60);
  api::History history(asker.context, true);
  CHECK(history.of(semgrep, true).requests == 1);
  const auto rare = history.of(of_type(ScanType::deep_ai_scan), true);
  CHECK(rare.own == std::vector<Duration>{300s});
  CHECK(rare.requests == 1);
  CHECK(asker.targets().back() == root + "/r1/scans?scan_type=deep_ai_scan&status=completed&limit=5");
}

TEST_CASE("only whole scans of the same repository and type that have plausible times count") {
  Asker asker;
  asker.list_repositories();
  const auto list = [&](const std::string& repository) {
    const auto one = [&](const std::string& id, const std::string& type, const std::string& ended,
                         const std::string& of) {
      return batch_json(id, type, "completed", "2026-05-01T00:00:00Z", ended, of);
    };
    auto failed = one("b5", "semgrep_scan", "2026-05-01T00:01:00Z", repository);
    failed.replace(failed.find("\"scans_failed\":0"), 16, "\"scans_failed\":1");
    return whole_page({one("ours", "semgrep_scan", "2026-05-01T00:01:00Z", repository),
                       one("b1", "secrets_scan", "2026-05-01T00:01:00Z", repository),
                       one("b2", "semgrep_scan", "2026-05-01T00:01:00Z", "r9"),
                       one("b3", "semgrep_scan", "2026-04-30T00:00:00Z", repository),
                       one("b4", "semgrep_scan", "2026-05-03T00:00:00Z", repository), failed,
                       one("b6", "semgrep_scan", "2026-05-01T00:00:40Z", repository)});
  };
  asker.api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.target.starts_with(root + "/r3/scans")) return answer(200, list("r3"));
    return std::nullopt;
  };
  api::History history(asker.context, false);
  CHECK(history.of(semgrep, true).elsewhere == std::vector<Duration>{40s});
}

TEST_CASE("a look that fails tells nothing, fails nothing, and is not made again") {
  const std::vector<ScriptedAnswer> faults{answer(401),
                                           answer(403, R"({"detail":"not yours"})"),
                                           answer(404),
                                           answer(500),
                                           answer(200, "[]"),
                                           answer(200, "garbage"),
                                           fault(Fault::deadline, false),
                                           fault(Fault::connect, false)};
  for (const auto& reply : faults) {
    for (const auto& where : {root + "/r3/scans", root + "?"}) {
      Asker asker;
      asker.add("r3", "semgrep_scan", 90s);
      if (where != root + "?") asker.list_repositories();
      asker.api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
        if (request.target.starts_with(where)) return reply;
        return std::nullopt;
      };
      api::History history(asker.context, false);
      CAPTURE(reply.status);
      CAPTURE(where);
      const auto told = history.of(semgrep, true);
      CHECK(told.own.empty());
      CHECK(told.elsewhere.empty());
      CHECK(told.requests == 2);
      CHECK(asker.notes.empty());  // nobody has asked for that repository
      CHECK(history.of(semgrep, true).requests == 1);
    }
  }
  Asker asker;  // the own repository's: noted, and nobody asks for scans of others instead
  asker.list_repositories();
  asker.api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.target.starts_with(root + "/r1/scans")) return answer(500);
    return std::nullopt;
  };
  api::History history(asker.context, false);
  CHECK(history.of(semgrep, true).requests == 1);
  CHECK(asker.notes.size() == 1);
  CHECK(history.of(semgrep, true).requests == 0);
}

TEST_CASE("what must stop a run stops it in a look, too") {
  auto certificate = fault(Fault::tls, false, "expired");
  certificate.fault->never_retry();
  for (const auto& reply : {fault(Fault::stopped, false), certificate}) {
    Asker asker;
    asker.list_repositories();
    asker.api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (request.target.starts_with(root + "/r3/scans")) return reply;
      return std::nullopt;
    };
    api::History history(asker.context, false);
    CHECK_THROWS_AS(history.of(semgrep, true), Error);
  }
}

TEST_CASE("the time for a look ends with it") {
  Asker asker;
  asker.list_repositories();
  api::History history(asker.context, false);
  history.of(semgrep, true);
  asker.api.client.quota();
  CHECK(asker.api.transport.waits().back().deadline == asker.context.deadline);
}
