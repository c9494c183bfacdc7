#include "api/scan_runner.hpp"

#include <doctest/doctest.h>

#include "collected.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using Kind = api::ProgressEvent::Kind;

TEST_CASE("the plain run: quota, one POST, polls, results, findings") {
  FakeApi api;
  const auto collected = api.run();
  const auto batch = only_batch(collected);
  CHECK(batch.id == "b1");
  CHECK(batch.type == ScanType::semgrep_scan);
  CHECK(batch.origin == BatchOrigin::triggered);
  CHECK(batch.ending == BatchEnding::read);
  CHECK(batch.status == "completed");
  CHECK(batch.results_status == "completed");
  CHECK(batch.findings_count == 2);
  CHECK(batch.rows_received == 2);
  CHECK(batch.created_at == parse_instant("2026-06-01T12:00:00Z"));
  CHECK(batch.details_read);
  CHECK(batch.repositories.size() == 1);
  REQUIRE(collected.findings.rows.size() == 2);
  CHECK(collected.findings.rows[0].batch == 0);
  CHECK(collected.findings.rows[0].scan_type == ScanType::semgrep_scan);
  CHECK(collected.findings.rows[0].details != nullptr);
  CHECK(collected.gaps.empty());
  CHECK(api.posts == 1);
  CHECK(api.transport.requests().front().target == "/api/v1/quotas/balance");
  CHECK(api.transport.requests().size() == 2 + 6 + 2);
  CHECK(api.events.front() == Kind::started);
  CHECK(api.events.back() == Kind::finished);
  const auto start = api.fake.steady() - api.fake.passed();
  CHECK(api.transport.waits().front().deadline == start + 10s);  // a hint is not waited for longer
  for (std::size_t i = 1; i < api.transport.waits().size(); ++i)
    CHECK(api.transport.waits()[i].deadline == start + 30min);
}

TEST_CASE("without details the findings are not asked for") {
  FakeApi api;
  api.options.details = false;
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::read);
  CHECK(!batch.details_read);
  CHECK(batch.details_error.empty());
  CHECK(api.transport.count("GET", "/findings") == 0);
}

TEST_CASE("a frugal run asks for nothing but the scan, its progress and its results") {
  FakeApi api;
  api.options.details = false;
  api.options.frugal = true;
  api.next.length = 1s;
  CHECK(only_batch(api.run()).ending == BatchEnding::read);
  const auto polls = api.transport.count("GET", "/progress");
  CHECK(api.transport.requests().size() == 2 + polls);
  CHECK(api.transport.requests().front().method == "POST");

  FakeApi spent;
  spent.options.details = false;
  spent.options.frugal = true;
  spent.post_faults[1] = {
      answer(403, R"({"detail":{"detail":"none","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})"), false};
  const auto batch = only_batch(spent.run());
  CHECK(batch.ending == BatchEnding::quota);
  CHECK(contains(batch.ending_detail, "'sast_scans'"));
  CHECK(contains(batch.ending_detail, "it starts anew at 2026-06-15"));
  CHECK(spent.posts == 1);
  CHECK(spent.transport.requests().size() == 2);
}

TEST_CASE("lag and polls through the whole run, on the fake clock") {
  struct Goal {
    Duration length;
    Duration lag;
    int polls;
  };
  // Around 20 s the mean lag is 0.6 s (poll_plan_test.cpp); this is one of those scans.
  for (const auto& goal : {Goal{0ms, 0ms, 1}, Goal{200ms, 150ms, 3}, Goal{2s, 300ms, 6}, Goal{20s, 800ms, 18},
                           Goal{300s, 5s, 61}}) {
    FakeApi api;
    api.next.length = goal.length;
    api.options.details = false;
    only_batch(api.run());
    const auto lag = api.fake.passed() - goal.length;
    MESSAGE("scan of ", goal.length.count(), " ms: lag ", lag.count(), " ms, ", api.batches[0].polls,
            " polls");
    CHECK(lag <= goal.lag);
    CHECK(api.batches[0].polls <= goal.polls);
  }
}

TEST_CASE("how long earlier scans took tells when to look: asked once, and not for short scans") {
  const auto lists = [](const FakeApi& of) {
    return std::ranges::count_if(of.transport.requests(), [](const net::Request& request) {
      return request.target ==
             "/api/v1/repositories/r1/scans?scan_type=semgrep_scan&status=completed&limit=5";
    });
  };
  FakeApi api;
  api.next.length = 60s;
  api.options.details = false;
  for (int i = 3; i > 0; --i) api.add("semgrep_scan", i * 1h);
  api.add("deep_ai_scan", 1h).length = 2s;
  std::optional<Duration> told;
  const auto batch = [&] {
    return api::run_scans(api.client, api.options, api.fake.system(), [&](const api::ProgressEvent& event) {
      if (event.kind == Kind::polled && event.eta && api.fake.passed() > 10s) told = event.eta;
    });
  }();
  CHECK(batch.batches.front().ending == BatchEnding::read);
  CHECK(lists(api) == 1);
  CHECK(api.fake.passed() - 60s < 2'100ms);
  CHECK(api.batches.back().polls <= 20);
  REQUIRE(told);
  CHECK(*told < 50s);

  FakeApi brief;
  brief.next.length = 1s;
  brief.options.details = false;
  only_batch(brief.run());
  CHECK(lists(brief) == 0);
}

TEST_CASE("a first scan is looked for where scans of another repository end, without a guess for people") {
  const auto lag_with = [](int others, Duration length) {
    FakeApi api;
    api.repositories = {"r1", "r2"};
    for (int i = 0; i < others; ++i) api.add("semgrep_scan", 24h, "r2").length = 70s + 1s * i;
    api.next.length = length;
    api.options.details = false;
    bool guessed = false;
    api::run_scans(api.client, api.options, api.fake.system(),
                   [&](const api::ProgressEvent& event) { guessed = guessed || event.eta.has_value(); });
    CHECK(!guessed);
    CHECK(api.transport.count("GET", "/repositories") == 1);
    CHECK(api.transport.count("GET", "/r1/scans") == 1);
    CHECK(api.transport.count("GET", "/r2/scans") == 1);
    const auto progress = static_cast<int>(api.transport.count("GET", "/progress"));
    CHECK(progress + 3 <= 25);
    return api.fake.passed() - length;
  };
  Duration with{};
  Duration without{};
  for (auto length = 50s; length < 80s; length += 1s) {
    with += lag_with(5, length) / 30;
    without += lag_with(0, length) / 30;
  }
  MESSAGE("lag of first scans of 50 to 80 s: ", with.count(), " ms, ", without.count(), " ms without a hint");
  CHECK(with <= 6s);
  CHECK(with * 3 < without * 2);
}

TEST_CASE("a look that takes its time, or fails, delays no poll") {
  const auto run = [](Duration takes, bool fails) {
    FakeApi api;
    api.repositories = {"r1", "r2"};
    api.next.length = 10s;
    api.options.details = false;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (!is_path(request, "/r2/scans")) return std::nullopt;
      api.fake.advance(takes);
      return fails ? std::optional(answer(503)) : std::nullopt;
    };
    CHECK(only_batch(api.run()).ending == BatchEnding::read);
    CHECK(api.transport.count("GET", "/r2/scans") == 1);
    CHECK(api.notes.empty());
    return std::pair(api.fake.passed(), api.batches[0].polls);
  };
  const auto at_once = run(0s, false);
  CHECK(run(1s, false) == at_once);
  CHECK(run(1s, true) == at_once);
}

TEST_CASE("nobody looks at scans of another repository while an even percentage foretells the end") {
  FakeApi api;
  api.repositories = {"r1", "r2"};
  api.next.length = 20s;
  api.options.details = false;
  api.intercept = [&](const net::Request&) -> std::optional<ScriptedAnswer> {
    if (!api.batches.empty()) api.batches[0].percent = std::to_string(api.fake.passed().count() / 200.0);
    return std::nullopt;
  };
  CHECK(only_batch(api.run()).ending == BatchEnding::read);
  CHECK(api.transport.count("GET", "/r1/scans") == 1);
  CHECK(api.transport.count("GET", "/r2/scans") == 0);
}

TEST_CASE("first scans of several types look back together") {
  FakeApi api;
  api.repositories = {"r1", "r2"};
  api.options.types = {ScanType::secrets_scan, ScanType::semgrep_scan, ScanType::sbom_scan};
  api.next.length = 8s;
  api.options.details = false;
  for (const char* type : {"secrets_scan", "semgrep_scan", "sbom_scan"}) api.add(type, 24h, "r2");
  api.run();
  CHECK(api.transport.count("GET", "/repositories") == 1);
  CHECK(api.transport.count("GET", "/r1/scans") == 1);
  CHECK(api.transport.count("GET", "/r2/scans") == 1);
}

TEST_CASE("several types run side by side, rows and twins apart") {
  FakeApi api;
  api.options.types = {ScanType::secrets_scan, ScanType::deep_ai_scan, ScanType::semgrep_scan,
                       ScanType::secrets_scan};
  api.next.length = 10s;
  api.next_of_type["deep_ai_scan"] = api.next;
  api.next_of_type["deep_ai_scan"].length = 30s;
  api.next_of_type["semgrep_scan"] = api.next;
  api.next_of_type["semgrep_scan"].fingerprints = {"x"};
  const auto collected = api.run();
  REQUIRE(collected.batches.size() == 3);
  CHECK(api.posts == 3);
  CHECK(api.fake.passed() < 42s);  // not 50 s
  CHECK(collected.batches[0].type == ScanType::secrets_scan);
  CHECK(collected.batches[1].type == ScanType::deep_ai_scan);
  CHECK(collected.batches[2].type == ScanType::semgrep_scan);
  REQUIRE(collected.findings.rows.size() == 5);
  for (const auto& row : collected.findings.rows) CHECK(row.scan_type == collected.batches[row.batch].type);
  CHECK(collected.findings.rows[4].batch == 2);
}

TEST_CASE("one type that fails does not take the others along") {
  FakeApi api;
  api.options.types = {ScanType::deep_ai_scan, ScanType::semgrep_scan};
  api.deep_left = 0;
  const auto collected = api.run();
  REQUIRE(collected.batches.size() == 2);
  CHECK(collected.batches[0].ending == BatchEnding::quota);
  CHECK(contains(collected.batches[0].ending_detail, "deep_ai_scans"));
  CHECK(contains(collected.batches[0].ending_detail, "2026-06-15T00:00:00Z"));
  CHECK(collected.batches[1].ending == BatchEnding::read);
  CHECK(api.posts == 1);
}

TEST_CASE("timeout: to the second, naming the batch and how to attach") {
  for (const std::string word : {"scanning", "dreaming", "COMPLETED", " completed", ""}) {
    FakeApi api;
    api.next.while_running = word;
    api.next.length = 24h;
    api.options.timeout = 90s;
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::timeout);
    CHECK(batch.ending_detail ==
          "still running when the timeout of " + format_duration(90s) +
              " ended, and it goes on; attach later with 'kolega-gate run --repository r1 --scan-id b1' and the same policy");
    CHECK(api.fake.passed() >= 89s);
    CHECK(api.fake.passed() <= 90s);
    CHECK(batch.rows_received == 0);
  }
}

TEST_CASE("a scan that ends right before the timeout is still seen") {
  FakeApi api;
  api.next.length = 89s;
  api.options.timeout = 90s;
  CHECK(only_batch(api.run()).ending == BatchEnding::read);
}

TEST_CASE("a deadline inside a request is the batch's timeout") {
  FakeApi api;
  api.intercept = [](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (is_path(request, "/results")) return fault(Fault::deadline, true, "no answer in time");
    return std::nullopt;
  };
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::timeout);
  CHECK(contains(batch.ending_detail, "--scan-id b1"));
}

TEST_CASE("a server that is gone or in trouble: the batch goes on, and the way back to it is told") {
  struct Row {
    ScriptedAnswer reply;
    bool told;
  };
  for (const auto& row : {Row{fault(Fault::connect, false, "refused"), true}, Row{answer(503), true},
                          Row{answer(501), false}, Row{fault(Fault::protocol, true, "garbage"), false}}) {
    FakeApi api;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (is_path(request, "/progress")) return row.reply;
      return std::nullopt;
    };
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::api);
    CHECK(contains(batch.ending_detail, "attach later with 'kolega-gate run --repository r1 --scan-id b1' and the same policy") == row.told);
  }
}

TEST_CASE("the final words") {
  struct Row {
    const char* word;
    BatchEnding ending;
  };
  for (const auto& row : {Row{"completed", BatchEnding::read}, Row{"succeeded", BatchEnding::read},
                          Row{"partial_failure", BatchEnding::read}, Row{"failed", BatchEnding::failed},
                          Row{"cancelled", BatchEnding::failed}, Row{"canceled", BatchEnding::failed}}) {
    FakeApi api;
    api.next.at_end = row.word;
    api.next.error_message = "because";
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == row.ending);
    CHECK(batch.status == row.word);
    CHECK(batch.error_message == "because");
    CHECK((api.transport.count("GET", "/results") == 0) == (row.ending == BatchEnding::failed));
  }
}

TEST_CASE("percentages that are nonsense change nothing") {
  for (const auto* percent : {"-5", "250", "1e308", "99.99", "0"}) {
    FakeApi api;
    api.next.percent = percent;
    CHECK(only_batch(api.run()).ending == BatchEnding::read);
    CHECK(api.fake.passed() <= 3s);
  }
}

TEST_CASE("counts that differ are read once more, then they are a fact") {
  FakeApi stays;
  stays.next.count = 3;
  auto batch = only_batch(stays.run());
  CHECK(batch.ending == BatchEnding::read);
  CHECK(batch.findings_count == 3);
  CHECK(batch.rows_received == 2);
  CHECK(stays.batches[0].results_reads == 2);

  FakeApi settles;
  settles.next.count = 3;
  settles.next.count_on_reread = 2;
  const auto collected = settles.run();
  CHECK(collected.batches[0].findings_count == 2);
  CHECK(collected.findings.rows.size() == 2);

  FakeApi status;
  status.next.results_status = "assessing";
  batch = only_batch(status.run());
  CHECK(batch.results_status == "assessing");
  CHECK(status.batches[0].results_reads == 2);

  FakeApi synonym;
  synonym.next.results_status = "succeeded";
  only_batch(synonym.run());
  CHECK(synonym.batches[0].results_reads == 1);
}

TEST_CASE("a complete batch that is not all assessed is asked about once more") {
  FakeApi api;
  api.next.length = 0s;
  api.next.assessed = 0;
  const auto batch = only_batch(api.run());
  CHECK(api.batches[0].polls == 2);
  CHECK(batch.scans_assessed == 0);
  CHECK(batch.scans_completed == 1);
}

TEST_CASE("results of another batch are never judged") {
  FakeApi api;
  api.next.results_id = "b999";
  const auto collected = api.run();
  CHECK(collected.batches[0].ending == BatchEnding::api);
  CHECK(contains(collected.batches[0].ending_detail, "another scan batch, 'b999'"));
  CHECK(collected.findings.rows.empty());
}

TEST_CASE("findings that cannot be read leave the results standing") {
  for (const int status : {500, 404, 422}) {
    FakeApi api;
    api.intercept = [status](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (is_path(request, "/findings")) return answer(status, "no");
      return std::nullopt;
    };
    const auto collected = api.run();
    CHECK(collected.batches[0].ending == BatchEnding::read);
    CHECK(!collected.batches[0].details_read);
    CHECK(contains(collected.batches[0].details_error, "HTTP " + std::to_string(status)));
    CHECK(collected.findings.rows.size() == 2);
  }
}

TEST_CASE("401 and missing scopes are thrown, wherever they come, and without a POST when they come first") {
  struct Row {
    const char* ending;
    int status;
    int posts;
  };
  for (const auto& row : {Row{"/balance", 401, 0}, Row{"/scans", 401, 1}, Row{"/scans", 403, 1},
                          Row{"/progress", 401, 1}, Row{"/results", 403, 1}, Row{"/findings", 401, 1}}) {
    FakeApi api;
    int asked = 0;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (request.method == "POST") ++asked;
      if (is_path(request, row.ending)) return answer(row.status, "");
      return std::nullopt;
    };
    INFO(row.ending);
    CHECK(error_of(api).kind() == ErrorKind::auth);
    CHECK(asked == row.posts);
  }
}

TEST_CASE("a repository that is unknown at POST is thrown") {
  FakeApi api;
  api.post_faults[1] = {answer(404, ""), false};
  CHECK(error_of(api).kind() == ErrorKind::not_found);
  CHECK(api.posts == 1);
}

TEST_CASE("a certificate that does not check out is thrown; other TLS faults end the batch") {
  FakeApi api;
  api.intercept = [](const net::Request&) -> std::optional<ScriptedAnswer> {
    auto reply = fault(Fault::tls, false, "certificate expired");
    reply.fault->never_retry();
    return reply;
  };
  CHECK(contains(error_of(api).message(), "certificate expired"));
  FakeApi stall;
  stall.intercept = [](const net::Request&) -> std::optional<ScriptedAnswer> {
    return fault(Fault::tls, false, "handshake stalled");
  };
  CHECK(only_batch(stall.run()).ending == BatchEnding::api);
}

TEST_CASE("a quota that cannot be read is a note, and the POST decides") {
  for (const int status : {403, 404, 500}) {
    FakeApi api;
    api.intercept = [status](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (is_path(request, "/balance")) return answer(status, "");
      return std::nullopt;
    };
    CHECK(only_batch(api.run()).ending == BatchEnding::read);
    REQUIRE(api.notes.size() == 1);
    CHECK(contains(api.notes[0], "reading the quota"));
  }
}

TEST_CASE("quota exhausted at POST ends the batch") {
  FakeApi api;
  api.post_faults[1] = {
      answer(403,
             R"({"detail":{"detail":"none","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})"),
      false};
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::quota);
  CHECK(contains(batch.ending_detail, "'sast_scans', which starts anew at 2026-06-15"));
  CHECK(api.posts == 1);
  CHECK(batch.id.empty());
}

TEST_CASE("refusals of the POST are final") {
  for (const int status : {400, 405, 422, 501, 302}) {
    FakeApi api;
    api.post_faults[1] = {answer(status, "no"), false};
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == BatchEnding::api);
    CHECK(api.posts == 1);
    CHECK(api.transport.count("GET", "/scans") == 0);
  }
}

TEST_CASE("404 for a batch just created is tried again, briefly") {
  for (const int times : {3, 1000}) {
    FakeApi api;
    int left = times;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (is_path(request, "/progress") && left-- > 0) return answer(404, "");
      return std::nullopt;
    };
    const auto batch = only_batch(api.run());
    CHECK(batch.ending == (times == 3 ? BatchEnding::read : BatchEnding::api));
    CHECK(api.transport.count("GET", "/progress") <= 10);
    CHECK(api.fake.passed() < 10s);
    CHECK(api.posts == 1);
  }
}

TEST_CASE("404 of the results of our batch is the server's fault") {
  FakeApi api;
  api.intercept = [](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (is_path(request, "/results")) return answer(404, "");
    return std::nullopt;
  };
  CHECK(only_batch(api.run()).ending == BatchEnding::api);
}

TEST_CASE("a garbled progress is survived, garbled ones for ever are not") {
  for (const int times : {2, 1000}) {
    FakeApi api;
    int left = times;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (is_path(request, "/progress") && left-- > 0) return answer(200, R"({"status":null})");
      return std::nullopt;
    };
    CHECK(only_batch(api.run()).ending == (times == 2 ? BatchEnding::read : BatchEnding::api));
    CHECK(api.transport.count("GET", "/progress") < 10);
  }
}

TEST_CASE("a server error after the transport's retries ends the batch") {
  FakeApi api;
  api.intercept = [](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (is_path(request, "/progress")) return answer(502, "<html>Bad Gateway</html>");
    return std::nullopt;
  };
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::api);
  CHECK(contains(batch.ending_detail, "HTTP 502: an HTML page"));
  CHECK(batch.id == "b1");
}

TEST_CASE("a type that changes on the way is an error") {
  FakeApi api;
  api.add("semgrep_scan", 0s);
  api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (is_path(request, "/progress") && api.batches[0].polls == 2) api.batches[0].type = "sbom_scan";
    return std::nullopt;
  };
  api.options.attach = {"b1"};
  const auto batch = only_batch(api.run());
  CHECK(batch.ending == BatchEnding::api);
  CHECK(contains(batch.ending_detail, "it is now a sbom_scan"));
}
