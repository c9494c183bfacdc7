// Batches that the scan runner did not begin: attached to or reused; and those that it leaves when it is stopped.
#include "api/scan_runner.hpp"

#include <doctest/doctest.h>

#include "collected.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using Kind = api::ProgressEvent::Kind;

TEST_CASE("attach: triggers nothing, each id once, the type from the server") {
  FakeApi api;
  api.add("secrets_scan", 1h);
  api.add("sbom_scan", 1s);
  api.options.attach = {"b2", "b1", "b2"};
  const auto collected = api.run();
  REQUIRE(collected.batches.size() == 2);
  CHECK(collected.batches[0].id == "b2");
  CHECK(collected.batches[0].type == ScanType::sbom_scan);
  CHECK(collected.batches[0].origin == BatchOrigin::attached);
  CHECK(collected.batches[0].ending == BatchEnding::read);
  CHECK(collected.findings.rows[0].scan_type == ScanType::sbom_scan);
  CHECK(collected.batches[1].type == ScanType::secrets_scan);
  CHECK(api.posts == 0);
  CHECK(api.transport.count("GET", "/balance") == 0);
  CHECK(api.events.front() == Kind::attached);
}

TEST_CASE("attach to what does not exist is the caller's mistake") {
  FakeApi api;
  api.options.attach = {"nothing"};
  CHECK(error_of(api).kind() == ErrorKind::not_found);
  FakeApi dots;
  dots.options.attach = {".."};
  CHECK(error_of(dots).kind() == ErrorKind::usage);
}

TEST_CASE("reuse: the newest complete batch that is young enough") {
  FakeApi api;
  api.options.reuse = 1h;
  api.next.length = 1s;
  api.add("semgrep_scan", 30min);
  api.add("semgrep_scan", 10min);
  api.add("semgrep_scan", 20min).at_end = "partial_failure";
  api.batches[2].created = api.fake.now() - 5min;
  api.add("secrets_scan", 1min);
  auto batch = only_batch(api.run());
  CHECK(batch.id == "b2");
  CHECK(batch.origin == BatchOrigin::reused);
  CHECK(batch.ending == BatchEnding::read);
  CHECK(api.posts == 0);
  CHECK(api.transport.count("GET", "/balance") == 0);
  CHECK(api.events.front() == Kind::reused);
}

TEST_CASE("reuse: too old, unfinished, failed or in the future is not reused") {
  struct Row {
    Duration ago;
    Duration length;
    const char* word;
  };
  for (const auto& row : {Row{61min, 1s, "completed"}, Row{10min, 1h, "completed"}, Row{10min, 1s, "failed"},
                          Row{10min, 1s, "weird"}, Row{-2h, -1h, "completed"}}) {
    FakeApi api;
    api.options.reuse = 1h;
    auto& old = api.add("semgrep_scan", row.ago);
    old.length = row.length;
    old.at_end = row.word;
    const auto batch = only_batch(api.run());
    CHECK(batch.id == "b2");
    CHECK(batch.origin == BatchOrigin::triggered);
    CHECK(api.posts == 1);
  }
}

TEST_CASE("reuse: a batch of another branch is no scan of this one") {
  for (const std::string branch : {"main", "release"}) {
    FakeApi api;
    api.options.reuse = 1h;
    api.options.branch = "main";
    auto& old = api.add("semgrep_scan", 10min);
    old.length = 1s;
    old.branch = branch;
    const bool same = branch == "main";
    CHECK(only_batch(api.run()).origin == (same ? BatchOrigin::reused : BatchOrigin::triggered));
    CHECK(api.posts == (same ? 0 : 1));
    const auto told = std::ranges::find(api.notes, "batch b1 is not reused: it is of another branch");
    CHECK((told == api.notes.end()) == same);
  }
}

TEST_CASE("reuse: a list that cannot be read means a new scan") {
  FakeApi api;
  api.options.reuse = 1h;
  api.intercept = [](const net::Request& request) -> std::optional<ScriptedAnswer> {
    if (request.method == "GET" && is_path(request, "/scans")) return answer(500, "");
    return std::nullopt;
  };
  CHECK(only_batch(api.run()).origin == BatchOrigin::triggered);
  CHECK(api.notes.size() == 1);
}

TEST_CASE("stopped while it waits: names the batches and how to attach, at once") {
  FakeApi api;
  api.options.types = {ScanType::secrets_scan, ScanType::semgrep_scan};
  api.next.length = 1h;
  api.fake.stop_at(7s, 15);
  const auto error = error_of(api);
  CHECK(error.kind() == ErrorKind::interrupted);
  CHECK(error.signal() == 15);
  CHECK(error.message() == "interrupted: scan batches b1, b2 may go on");
  CHECK(error.hint() == "attach later with 'kolega-gate run --repository r1 --scan-id b1 --scan-id b2' and the same policy");
  CHECK(api.fake.passed() == 7s);
}

TEST_CASE("stopped in a request, before and after there is a batch") {
  for (const auto* ending : {"/balance", "/scans", "/results", "/findings"}) {
    FakeApi api;
    api.intercept = [&](const net::Request& request) -> std::optional<ScriptedAnswer> {
      if (!is_path(request, ending)) return std::nullopt;
      api.fake.stop(2);
      return fault(Fault::stopped, true, "interrupted while it waited for an answer");
    };
    const auto error = error_of(api);
    CHECK(error.kind() == ErrorKind::interrupted);
    CHECK(error.signal() == 2);
    const bool named = std::string_view(ending) == "/results" || std::string_view(ending) == "/findings";
    CHECK(contains(error.what(), "b1") == named);
  }
}

TEST_CASE("a sandbox of this process ends with it: nobody is told to attach, and the timeout is the one that was given") {
  FakeApi api;
  api.next.length = 1h;
  api.options.timeout = 1'991ms;
  api.options.asked = 2s;
  CHECK(contains(only_batch(api.run()).ending_detail, "the timeout of 2s ended, and it goes on; attach later"));

  FakeApi ours;
  ours.next.length = 1h;
  ours.options.timeout = 2s;
  ours.options.ends_with_us = true;
  const auto detail = only_batch(ours.run()).ending_detail;
  CHECK(contains(detail, "ended with the sandbox"));
  CHECK_FALSE(contains(detail, "attach"));
}
