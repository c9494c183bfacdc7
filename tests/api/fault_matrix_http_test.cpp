// Statuses, refusals, redirects, Retry-After and broken connections, each through a whole run, in
// milliseconds.
#include "fault_matrix.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;

namespace {

using Rows = FaultRows;

const std::vector<int> transient_statuses{408, 429, 500, 502, 503, 504};

Rows transient_answers() {
  Rows rows;
  for (const int status : transient_statuses) {
    const auto word = std::to_string(status);
    const auto reply = answer(status, status == 502 ? "<html><h1>502 Bad Gateway</h1>" : "");
    for (const auto& where : {at_repository, at_quota, at_progress, at_results, at_findings}) {
      rows.push_back({"HTTP", word + " once at " + show(where), once(where, reply), {0}});
    }
    for (const auto& where : {at_repository, at_progress, at_results}) {
      rows.push_back({"HTTP", word + " for ever at " + show(where), always(where, reply), {5}});
    }
    // What a run can do without does not hold it up, and takes little from the others' repeats.
    rows.push_back({.section = "HTTP",
                    .name = word + " for ever at " + show(at_quota),
                    .misbehaviour = always(at_quota, reply),
                    .exits = {0},
                    .at_most = 15s});
    // The results stand; a rule that what is missing could turn is never met.
    rows.push_back({.section = "HTTP",
                    .name = word + " for ever at " + show(at_findings),
                    .misbehaviour = always(at_findings, reply),
                    .exits = {0, 5, 6}});
  }
  return rows;
}

Rows final_answers() {
  Rows rows;
  for (const int status : {400, 405, 409, 410, 413, 418, 422, 501, 505, 300, 304}) {
    for (const auto& where : {at_repository, at_progress, at_results}) {
      rows.push_back({.section = "HTTP",
                      .name = std::to_string(status) + " at " + show(where),
                      .misbehaviour = always(where, answer(status, "no")),
                      .exits = {5},
                      .requests = 12,
                      .at_most = 8s});
    }
    if (status != 409 && status != 505) {
      rows.push_back({.section = "HTTP",
                      .name = std::to_string(status) + " at " + show(at_post),
                      .misbehaviour = always(at_post, answer(status, "no")),
                      .exits = {5},
                      .batches = 0,
                      .requests = 3,
                      .at_most = 8s});
    }
  }
  return rows;
}

Rows refusals() {
  Rows rows;
  const std::string scope = R"({"detail":"Missing scope"})";
  for (const int status : {401, 403}) {
    for (const auto& where : {at_repository, at_post, at_progress, at_results, at_findings}) {
      const bool first_of_all = where == at_repository;
      rows.push_back({.section = "HTTP",
                      .name = std::to_string(status) + " at " + show(where),
                      .misbehaviour = always(where, answer(status, scope)),
                      .exits = {4},
                      .requests = first_of_all ? 1 : 12,
                      .at_most = 8s});
    }
  }
  const auto quota = answer(
      403, R"({"detail":{"detail":"none left","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})");
  rows.push_back({.section = "HTTP",
                  .name = "403 OPERATION_FAILED at POST",
                  .misbehaviour = always(at_post, quota),
                  .exits = {3},
                  .batches = 0,
                  .requests = 3,
                  .at_most = 8s,
                  .detail = "sast_scans"});
  rows.push_back({.section = "HTTP",
                  .name = "403 OPERATION_FAILED in the middle",
                  .misbehaviour = always(at_progress, quota),
                  .exits = {3},
                  .at_most = 8s,
                  .detail = "sast_scans"});
  rows.push_back({.section = "HTTP",
                  .name = "403 OPERATION_FAILED at the results",
                  .misbehaviour = always(at_results, quota),
                  .exits = {3},
                  .at_most = 8s,
                  .detail = "sast_scans"});
  rows.push_back({.section = "HTTP",
                  .name = "nothing left of the quota",
                  .exits = {3},
                  .posts = 0,
                  .batches = 0,
                  .requests = 2,
                  .at_most = 8s,
                  .prepare = [](FakeApi& api) { api.sast_left = 0; },
                  .detail = "sast_scans"});
  rows.push_back({.section = "HTTP",
                  .name = "404 for the repository",
                  .misbehaviour = always(at_repository, answer(404)),
                  .exits = {4},
                  .posts = 0,
                  .batches = 0,
                  .requests = 1,
                  .at_most = 8s});
  rows.push_back({.section = "HTTP",
                  .name = "404 for the repository at POST",
                  .misbehaviour = always(at_post, answer(404)),
                  .exits = {4},
                  .batches = 0,
                  .at_most = 8s});
  rows.push_back({.section = "HTTP",
                  .name = "404 three times after creation",
                  .misbehaviour = first(3, at_progress, answer(404)),
                  .exits = {0},
                  .at_most = 10s});
  rows.push_back({.section = "HTTP",
                  .name = "404 for ever after creation",
                  .misbehaviour = always(at_progress, answer(404)),
                  .exits = {5},
                  .requests = 14,
                  .at_most = 10s});
  rows.push_back({.section = "HTTP",
                  .name = "404 for the results",
                  .misbehaviour = always(at_results, answer(404)),
                  .exits = {5},
                  .at_most = 10s});
  rows.push_back({.section = "HTTP",
                  .name = "409, something foreign runs",
                  .misbehaviour = always(at_post, answer(409, R"({"detail":"already running"})")),
                  .exits = {5},
                  .batches = 0,
                  .at_most = 8s,
                  .prepare = [](FakeApi& api) { api.add("semgrep_scan", 1min).length = 1h; },
                  .detail = "did not begin"});
  return rows;
}

Rows redirects() {
  Rows rows;
  for (const int status : {301, 302, 303, 307, 308}) {
    for (const std::string target :
         {"https://evil.example/", "http://127.0.0.1:1/", "https://api.kolega.dev:444/",
          "https://api.kolega.dev@evil.example/", "file:///etc/passwd", "/api/v1/repositories/r1",
          "//evil.example/", "javascript:alert(1)", ""}) {
      for (const auto& where : {at_repository, at_post, at_progress, at_results}) {
        rows.push_back({.section = "HTTP",
                        .name = std::to_string(status) + " to '" + target + "' at " + show(where),
                        .misbehaviour = always(where, answer(status, "", {{"Location", target}})),
                        .exits = {5},
                        .requests = 12,
                        .at_most = 8s});
      }
    }
  }
  return rows;
}

struct AskedWait {
  std::string value;
  Duration at_least;  ///< once: the wait taken
  bool refused;       ///< longer than anybody waits
};

/// FakeTime begins at 2026-06-01T12:00:00Z.
const std::vector<AskedWait> asked_waits{
    {"1", 1s, false},
    {"20", 20s, false},
    {"300", 300s, false},
    {"301", 0s, true},
    {"0", 1s, false},
    {"-1", 1s, false},
    {"-99999999999999999999", 1s, false},
    {"1.5", 1s, false},
    {"soon", 1s, false},
    {"", 1s, false},
    {"1e9", 1s, false},
    {"99999999999999999999999999", 0s, true},
    {"9223372036854775807", 0s, true},
    {"2147483648", 0s, true},
    {"Mon, 01 Jun 2026 12:00:30 GMT", 29s, false},
    {"Mon, 01 Jun 2026 11:00:00 GMT", 1s, false},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 1s, false},
    {"Fri, 31 Dec 9999 23:59:59 GMT", 0s, true},
    {"Mon, 31 Jun 2026 12:00:30 GMT", 1s, false},
};

Rows retry_after() {
  Rows rows;
  for (const int status : {429, 503}) {
    const auto word = std::to_string(status) + " Retry-After ";
    for (const auto& asked : asked_waits) {
      const auto reply = answer(status, "", {{"Retry-After", asked.value}});
      for (const auto& where : {at_repository, at_progress, at_results}) {
        FaultRow row{.section = "HTTP",
                     .name = word + "'" + asked.value + "' once at " + show(where),
                     .misbehaviour = once(where, reply),
                     .exits = {0},
                     .at_least = asked.at_least,
                     .at_most = asked.at_least + 10s};
        if (asked.refused) row.exits = {5, 7};
        rows.push_back(row);
        row.name = word + "'" + asked.value + "' for ever at " + show(where);
        row.misbehaviour = always(where, reply);
        row.exits = {5, 7};
        row.at_most = 30min;
        rows.push_back(row);
      }
      FaultRow at_start{.section = "HTTP",
                        .name = word + "'" + asked.value + "' once at POST",
                        .misbehaviour = once(at_post, reply),
                        .exits = {0},
                        .posts = 2,
                        .at_least = asked.at_least,
                        .at_most = asked.at_least + 15s};
      // A wait beyond the cap that fits the run: the POST's own rule is the deadline alone.
      if (asked.refused) at_start.exits = asked.value == "301" ? std::set{0} : std::set{5, 7};
      if (asked.value == "301") at_start.at_most = 320s;
      rows.push_back(at_start);
    }
    rows.push_back({.section = "HTTP",
                    .name = word + "absent, once",
                    .misbehaviour = once(at_progress, answer(status)),
                    .exits = {0},
                    .at_least = 1s,
                    .at_most = 10s});
    // The server's clock is two hours ahead, its date 5 s from its now.
    const auto ahead = [](const std::string& at) {
      return net::Headers{{"Date", "Mon, 01 Jun 2026 14:00:00 GMT"}, {"Retry-After", at}};
    };
    rows.push_back(
        {.section = "HTTP",
         .name = word + "as a date of a clock that is ahead",
         .misbehaviour = once(at_progress, answer(status, "", ahead("Mon, 01 Jun 2026 14:00:05 GMT"))),
         .exits = {0},
         .at_least = 5s,
         .at_most = 12s});
    rows.push_back({.section = "HTTP",
                    .name = word + "longer than the time that is left",
                    .misbehaviour = once(at_progress, answer(status, "", {{"Retry-After", "100"}})),
                    .exits = {5, 7},
                    .at_most = 5s,
                    .prepare = [](FakeApi& api) { api.options.timeout = 60s; }});
  }
  return rows;
}

Rows broken_connections() {
  Rows rows;
  struct Kind {
    std::string name;
    Fault fault;
    bool sent;
  };
  for (const auto& kind :
       {Kind{"no such name", Fault::resolve, false}, Kind{"refused", Fault::connect, false},
        Kind{"TLS breaks", Fault::tls, false}, Kind{"the proxy fails", Fault::proxy, false},
        Kind{"breaks while sending", Fault::send, true}, Kind{"reset", Fault::receive, true}}) {
    for (const auto& where : {at_repository, at_quota, at_progress, at_results, at_findings}) {
      rows.push_back({"Connection",
                      kind.name + " once at " + show(where),
                      once(where, fault(kind.fault, kind.sent)),
                      {0}});
      rows.push_back({"Connection",
                      kind.name + " five times at " + show(where),
                      first(5, where, fault(kind.fault, kind.sent)),
                      {0}});
    }
    for (const auto& where : {at_repository, at_progress, at_results}) {
      rows.push_back({"Connection",
                      kind.name + " for ever at " + show(where),
                      always(where, fault(kind.fault, kind.sent)),
                      {5}});
    }
    if (!kind.sent) {
      // Nothing was sent: a POST may be tried again.
      rows.push_back({.section = "Connection",
                      .name = kind.name + " once at POST",
                      .misbehaviour = once(at_post, fault(kind.fault, false)),
                      .exits = {0},
                      .posts = 2});
      rows.push_back({.section = "Connection",
                      .name = kind.name + " for ever at POST",
                      .misbehaviour = always(at_post, fault(kind.fault, false)),
                      .exits = {5},
                      .posts = 41,
                      .batches = 0});
    }
  }
  auto certificate = fault(Fault::tls, false, "expired");
  certificate.fault->never_retry();
  for (const auto& where : {at_repository, at_quota, at_post, at_progress, at_results, at_findings}) {
    rows.push_back({.section = "Connection",
                    .name = "a bad certificate at " + show(where),
                    .misbehaviour = always(where, certificate),
                    .exits = {5},
                    .requests = 12,
                    .at_most = 8s});
    rows.push_back({.section = "Connection",
                    .name = "a protocol violation at " + show(where),
                    .misbehaviour = always(where, fault(Fault::protocol, true)),
                    .exits = where == at_quota || where == at_findings ? std::set{0, 6} : std::set{5},
                    .posts = where == at_post ? 2 : 1,
                    .requests = 20,
                    .at_most = 15s});
  }
  return rows;
}

}  // namespace

TEST_CASE("fault matrix, without a fault: the plain run is a verdict") {
  check_fault({"", "no fault", {}, {0}});
}

TEST_CASE("fault matrix: HTTP") {
  Rows rows;
  add(rows, transient_answers());
  add(rows, final_answers());
  add(rows, refusals());
  add(rows, redirects());
  add(rows, retry_after());
  check_faults("HTTP", rows);
}

TEST_CASE("fault matrix: connections") {
  Rows rows;
  add(rows, broken_connections());
  check_faults("connections", rows);
}
