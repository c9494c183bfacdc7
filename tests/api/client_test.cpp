#include "api/client.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "documents.hpp"
#include "support/scripted_transport.hpp"

using namespace kolega;
using namespace kolega::test;
using api::Client;
using Fault = net::TransportError::Fault;

namespace {

constexpr const char* me_json =
    R"({"organization_id":"o1","organization_name":"Acme","organization_slug":"acme",
  "api_key":{"id":"k1","name":"ci","key_prefix":"kcp_live_ab","scopes":["scans:read"],"new_member":1},"more":[1]})";
constexpr const char* created = "2026-06-01T12:00:00Z";

struct Fixture {
  ScriptedTransport transport{};
  Client client{transport, Secret("kcp_live_secret"), {}};
};

template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error(ErrorKind::internal, {});
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The error that this answer to GET /me is turned into.
Error error_of_answer(int status, const std::string& body) {
  Fixture f;
  f.transport.expect("GET", "/api/v1/me", answer(status, body));
  return error_of([&] { f.client.me(); });
}

std::string results_json(const std::vector<std::string>& rows, int count) {
  std::string out = R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":)" +
                    std::to_string(count) + R"(,"findings":[)";
  for (std::size_t i = 0; i < rows.size(); ++i) out += (i > 0 ? "," : "") + rows[i];
  return out + "]}";
}

}  // namespace

TEST_CASE("me: decoded, unknown members ignored, the key only in its header") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/me", answer(200, me_json));
  const auto me = f.client.me();
  CHECK(me.organization_id == "o1");
  CHECK(me.organization_name == "Acme");
  CHECK(me.organization_slug == "acme");
  CHECK(me.key_name == "ci");
  CHECK(me.key_prefix == "kcp_live_ab");
  CHECK(me.scopes == std::vector<std::string>{"scans:read"});
  const auto& headers = f.transport.requests().at(0).headers;
  REQUIRE(headers.size() == 1);
  CHECK(headers[0] == std::pair<std::string, std::string>{"Authorization", "Bearer kcp_live_secret"});
}

TEST_CASE("answers that break the contract name the place") {
  const auto message_of = [](const std::string& body) {
    const auto error = error_of_answer(200, body);
    CHECK(error.kind() == ErrorKind::api);
    return error.message();
  };
  CHECK(contains(message_of(""), "reading the identity of the key"));
  CHECK(contains(message_of("<html>login</html>"), "not JSON but HTML"));
  CHECK(contains(message_of("[]"), "not an object"));
  CHECK(contains(message_of("null"), "not an object"));
  CHECK(contains(message_of(R"({"organization_id":1})"), "/organization_id: not a string"));
  CHECK(contains(message_of(R"({"organization_id":"a","organization_id":"b"})"), "duplicate key"));
  CHECK(contains(message_of(std::string(me_json) + "{}"), "behind the end"));
  CHECK(contains(message_of(R"({"organization_id":"o","organization_name":"n","organization_slug":"s"})"),
                 "/api_key: missing"));
}

TEST_CASE("a document without end is cut off") {
  const auto error = error_of_answer(200, "\"" + std::string(33 * 1024 * 1024, 'x'));
  CHECK(error.kind() == ErrorKind::api);
  CHECK(contains(error.message(), "longer than 32 MiB"));
  CHECK(contains(error.hint(), "--limit"));
}

TEST_CASE("HTTP statuses become errors that say what to do") {
  SUBCASE("401") {
    const auto error = error_of_answer(401, R"({"detail":"Invalid API key"})");
    CHECK(error.kind() == ErrorKind::auth);
    CHECK(error.message() ==
          "reading the identity of the key: HTTP 401: the key was not accepted: Invalid API key");
    CHECK(contains(error.hint(), "KOLEGA_TOKEN"));
  }
  SUBCASE("403 without quota is a missing scope") {
    const auto error = error_of_answer(
        403, R"({"detail":{"detail":"Forbidden","error_code":"OPERATION_FAILED","quota_type":null}})");
    CHECK(error.kind() == ErrorKind::auth);
    CHECK(contains(error.hint(), "scope to read me"));
  }
  SUBCASE("404") {
    CHECK(error_of_answer(404, R"({"detail":"Not found"})").kind() == ErrorKind::not_found);
  }
  SUBCASE("409") {
    CHECK(error_of_answer(409, "").kind() == ErrorKind::api);
  }
  SUBCASE("422 names each field") {
    const auto error =
        error_of_answer(422, R"({"detail":[{"loc":["body","scan_type"],"msg":"Input should be x",
      "type":"enum"},{"loc":["query","limit",0],"msg":"too large","type":"t"},17,{"msg":5}]})");
    CHECK(error.kind() == ErrorKind::api);
    CHECK(contains(error.message(), "body.scan_type: Input should be x; query.limit.0: too large"));
  }
  SUBCASE("redirects are not followed") {
    for (const int status : {301, 302, 303, 307, 308, 300, 304}) {
      const auto error = error_of_answer(status, "");
      CHECK(error.kind() == ErrorKind::api);
      CHECK(contains(error.message(), "redirects are not followed"));
    }
  }
  SUBCASE("5xx with HTML") {
    const auto error = error_of_answer(502, "<html>\n<h1>Bad   Gateway</h1>\x1b[31m\r\n</html>");
    CHECK(error.kind() == ErrorKind::api);
    CHECK(contains(error.message(), "HTTP 502: an HTML page: <html> <h1>Bad Gateway</h1>\\u001B[31m"));
  }
  SUBCASE("unknown statuses") {
    for (const int status : {100, 400, 402, 405, 410, 418, 429, 500, 501, 503, 504, 599, 999}) {
      CHECK(error_of_answer(status, "x").kind() == ErrorKind::api);
    }
  }
}

TEST_CASE("error bodies are hostile text") {
  const auto error =
      error_of_answer(500, R"({"detail":"a\u001b[2J\nPASSED\u202e)" + std::string(10000, 'x') + "\"}");
  CHECK(error.message().size() < 400);
  CHECK(!contains(error.message(), "\x1b"));
  CHECK(!contains(error.message(), "\n"));
  CHECK(!contains(error.message(), "\xE2\x80\xAE"));
  std::string faults = R"({"detail":[)";
  for (int i = 0; i < 1000; ++i) faults += R"({"loc":["body","f"],"msg":"m"},)";
  CHECK(error_of_answer(422, faults + "1]}").message().size() < 3000);
  CHECK(error_of_answer(500, std::string(4 << 20, '{')).message().size() < 400);
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += R"({"detail":)";
  CHECK(error_of_answer(500, deep + "1" + std::string(200, '}')).kind() == ErrorKind::api);
  CHECK(error_of_answer(500, R"({"detail":{"detail":7,"error_code":[]}})").kind() == ErrorKind::api);
}

TEST_CASE("quota exhausted at POST: names the quota and, once it was read, when it starts anew") {
  const std::string body =
      R"({"detail":{"detail":"Quota exceeded","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})";
  Fixture f;
  f.transport.expect("POST", "/api/v1/repositories/r1/scans", answer(403, body));
  auto error = error_of([&] { f.client.start_scan("r1", ScanType::semgrep_scan); });
  CHECK(error.kind() == ErrorKind::quota);
  CHECK(error.message() ==
        "starting a semgrep_scan: nothing is left of the quota 'sast_scans' (Quota exceeded)");
  f.transport.expect("GET", "/api/v1/quotas/balance", answer(200, quota_json(0, 3)));
  const auto quota = f.client.quota();
  CHECK(quota.counter(ScanType::secrets_scan).remaining == 0);
  CHECK(quota.counter(ScanType::deep_ai_scan).remaining == 3);
  CHECK(!quota.repositories_max);
  f.transport.expect("POST", "/api/v1/repositories/r1/scans", answer(403, body));
  try {
    f.client.start_scan("r1", ScanType::semgrep_scan);
    FAIL("nothing was thrown");
  } catch (const api::QuotaError& quota_error) {
    CHECK(quota_error.quota_type() == "sast_scans");
    CHECK(contains(quota_error.message(), "which starts anew at 2026-06-15T00:00:00Z"));
  }
}

TEST_CASE("HttpError keeps status and headers, not the body") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/me", answer(429, "text", {{"Retry-After", "7"}}));
  try {
    f.client.me();
    FAIL("nothing was thrown");
  } catch (const api::HttpError& error) {
    CHECK(error.status() == 429);
    CHECK(error.answer().header("retry-after") == "7");
    CHECK(error.answer().body.empty());
  }
}

TEST_CASE("start_scan: one POST that is never repeated, its answer checked") {
  Fixture f;
  const auto target = "/api/v1/repositories/r1/scans";
  f.transport.expect("POST", target, answer(202, batch_json("b1", "semgrep_scan", "queued", created)));
  const auto batch = f.client.start_scan("r1", ScanType::semgrep_scan);
  CHECK(batch.id == "b1");
  CHECK(batch.status == "queued");
  CHECK(batch.created_at == parse_instant(created));
  const auto& request = f.transport.requests().back();
  CHECK(!request.repeatable);
  CHECK(request.body == R"({"scan_type":"semgrep_scan"})");

  const auto refused = [&](const std::string& body) {
    f.transport.expect("POST", target, answer(202, body));
    return error_of([&] { f.client.start_scan("r1", ScanType::semgrep_scan); });
  };
  CHECK(refused(batch_json("b1", "sbom_scan", "queued", created)).kind() == ErrorKind::api);
  CHECK(refused(batch_json("b1", "semgrep", "queued", created)).kind() ==
        ErrorKind::api);  // short names are ours
  CHECK(refused(batch_json("b1", "semgrep_scan", "queued", created, "", "other")).kind() == ErrorKind::api);
  CHECK(refused("").kind() == ErrorKind::api);
  const std::vector<std::string> bad_ids{"",
                                         ".",
                                         "..",
                                         "../x",
                                         "a/b",
                                         "a?b",
                                         "a b",
                                         "a\\r\\nX: y",
                                         "-rf",
                                         "%2e",
                                         "\\u0000",
                                         std::string(129, 'a'),
                                         std::string(100'000, 'a')};
  for (const auto& id : bad_ids) {
    INFO(id.substr(0, 20));
    const auto error = refused(batch_json(id, "semgrep_scan", "queued", created));
    CHECK(error.kind() == ErrorKind::api);
    CHECK(contains(error.message(), "/batch_id: not a usable id"));
  }
  for (const auto* id : {"null", "7", "[]"}) {
    auto body = batch_json("X", "semgrep_scan", "queued", created);
    body.replace(body.find("\"X\""), 3, id);
    CHECK(contains(refused(body).message(), "/batch_id: not a string"));
  }
  CHECK(f.transport.count("GET", "") == 0);
}

TEST_CASE("progress: any status word, unreadable times unknown, another batch refused") {
  Fixture f;
  const auto target = "/api/v1/repositories/r1/scans/b1/progress";
  const auto body = [](const std::string& id, const std::string& more) {
    return R"({"batch_id":")" + id +
           R"(","repository_id":"r1","scan_type":"semgrep_scan","status":"dreaming","total_repositories":1,
           "scans_created":1,"scans_failed":0,"scans_completed":0,"scans_assessed":0,"percent_complete":1e308)" +
           more + "}";
  };
  f.transport.expect("GET", target,
                     answer(200, body("b1", R"(,"started_at":"2099-13-45T99:00:00Z","repositories":
    [{"repository":"a/b","branch":"main","status":"pending","status_reason":null,"findings_count":null}])")));
  double percent = 0;
  const auto batch = f.client.progress("r1", "b1", percent);
  CHECK(batch.status == "dreaming");
  CHECK(percent == 1e308);
  CHECK(!batch.started_at);
  REQUIRE(batch.repositories.size() == 1);
  CHECK(batch.repositories[0].name == "a/b");
  CHECK(batch.repositories[0].branch == "main");
  CHECK(!batch.repositories[0].findings_count);

  f.transport.expect("GET", target, answer(200, body("b2", "")));
  CHECK(contains(error_of([&] { f.client.progress("r1", "b1", percent); }).message(),
                 "another scan batch, 'b2'"));
  f.transport.expect("GET", target, answer(200, body("b1", R"(,"repositories":[null])")));
  CHECK(contains(error_of([&] { f.client.progress("r1", "b1", percent); }).message(), "/repositories/0"));
  f.transport.expect("GET", "/api/v1/repositories/r1/scans/b1",
                     answer(200, batch_json("b1", "semgrep_scan", "queued", created, "", "r2")));
  CHECK(contains(error_of([&] { f.client.scan("r1", "b1"); }).message(), "another repository, 'r2'"));
}

TEST_CASE("ids are encoded into paths, and no id leaves its segment") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/repositories/a%2F..%3Fb/scans/c%20d", answer(404, ""));
  CHECK(error_of([&] { f.client.scan("a/..?b", "c d"); }).kind() == ErrorKind::not_found);
  CHECK(error_of([&] { f.client.repository(".."); }).kind() == ErrorKind::usage);
  CHECK(error_of([&] { f.client.scan("r1", ""); }).kind() == ErrorKind::usage);
  CHECK(f.transport.requests().size() == 1);
}

TEST_CASE("results stream into rows; a broken document is an error") {
  Fixture f;
  const auto target = "/api/v1/repositories/r1/scans/b1/results";
  TextPool pool;
  FindingRows rows;
  rows.push_back({});
  f.transport.expect("GET", target, answer(200, results_json({result_json("f1"), result_json("f2")}, 2)));
  const auto head = f.client.results("r1", "b1", pool, rows);
  CHECK(head.batch_id == "b1");
  CHECK(head.findings_count == 2);
  REQUIRE(rows.size() == 3);
  CHECK(rows[2].fingerprint.str() == "f2");
  CHECK(f.transport.requests()[0].consumer != nullptr);
  for (const auto* body : {"", "[]", R"({"findings":[null]})", R"({"findings":[{"check_id":1}]})"}) {
    f.transport.expect("GET", target, answer(200, body));
    CHECK(error_of([&] { f.client.results("r1", "b1", pool, rows); }).kind() == ErrorKind::api);
  }
}

TEST_CASE("findings: 200 a page, what came counts and not what was asked for, each id once") {
  Fixture f;
  TextPool pool;
  const std::string path = "/api/v1/repositories/r1/findings?scan_batch_id=b1&limit=200";
  f.transport.expect("GET", path, answer(200, page({finding_json("1"), finding_json("2")}, 3, true)));
  f.transport.expect("GET", path + "&skip=2", answer(200, page({finding_json("3")}, 3, false)));
  const auto items = f.client.findings("r1", "b1", pool);
  REQUIRE(items.size() == 3);
  CHECK(items[2].details->id.view() == "3");
}

TEST_CASE("scans: filters, and no more than asked for") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/repositories/r1/scans?scan_type=sbom_scan&limit=2",
                     answer(200, page({batch_json("b3", "sbom_scan", "completed", created),
                                       batch_json("b2", "sbom_scan", "completed", created),
                                       batch_json("b1", "sbom_scan", "completed", created)},
                                      30, true)));
  const auto batches = f.client.scans("r1", ScanType::sbom_scan, "", 2);
  REQUIRE(batches.size() == 2);
  CHECK(batches[1].id == "b2");
  f.transport.expect("GET", "/api/v1/repositories/r1/scans?status=completed&limit=200",
                     answer(200, whole_page({})));
  CHECK(f.client.scans("r1", std::nullopt, "completed", 500).empty());
}

TEST_CASE("repositories: all pages or a few, and which there are is remembered") {
  ScriptedTransport transport;
  api::Client client(transport, Secret("t"), {});
  CHECK(client.listed_repositories().empty());
  CHECK(!client.repository_count());
  transport.otherwise([](const net::Request& request) {
    const bool few = request.target.find("limit=2") != std::string::npos && request.target.find("limit=200") == std::string::npos;
    std::vector<std::string> items;
    for (int i = 0; i < (few ? 2 : 150); ++i) items.push_back(repository_json("r" + std::to_string(i), "acme/x", i == 1));
    return answer(200, page(items, 150, few));
  });
  CHECK(client.repositories(true, 2).size() == 2);
  CHECK(transport.requests().size() == 1);
  CHECK(client.listed_repositories() == std::vector<std::string>{"r0"});  // the other one is archived
  CHECK(client.repositories(true).size() == 150);
  CHECK(client.listed_repositories().size() == 100);
  transport.expect("GET", "/api/v1/quotas/balance", answer(200, quota_json(1, 1, 7)));
  client.quota();
  CHECK(client.repository_count() == 7);
}

TEST_CASE("documents for --json keep what we do not know; items come in the server's shape") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/me?x=1", answer(200, R"({"z":1,"a":{"n":null}})"));
  CHECK(boost::json::serialize(f.client.get_document("/api/v1/me?x=1")) == R"({"z":1,"a":{"n":null}})");
  f.transport.expect("GET", "/api/v1/me", answer(200, R"({"z":1,"z":2})"));
  CHECK(error_of([&] { f.client.get_document("/api/v1/me"); }).kind() == ErrorKind::api);

  f.transport.expect("GET", "/api/v1/finding-events?severity=high&limit=3",
                     answer(200, page({R"({"id":"e1","u":1})", R"({"id":"e2"})"}, 9, true)));
  f.transport.expect("GET", "/api/v1/finding-events?severity=high&limit=3&skip=2",
                     answer(200, page({R"({"id":"e2"})", R"({"id":"e3"})", R"({"id":"e4"})"}, 9, true)));
  const auto items =
      f.client.get_items("/api/v1/finding-events", {{"severity", "high"}, {"start", ""}}, {3, false});
  CHECK(boost::json::serialize(items) == R"([{"id":"e1","u":1},{"id":"e2"},{"id":"e3"}])");

  f.transport.expect("GET", "/api/v1/x?limit=200", answer(200, page({"1", "2"}, 3, true)));
  f.transport.expect("GET", "/api/v1/x?limit=200&skip=2", answer(200, page({"3"}, 3, false)));
  CHECK(boost::json::serialize(f.client.get_items("/api/v1/x", {}, {1, true})) == "[1,2,3]");
}

TEST_CASE("a change is sent once") {
  Fixture f;
  f.transport.expect("PATCH", "/api/v1/repositories/r1/findings/f1", answer(200, R"({"id":"f1"})"));
  const auto document = f.client.change_document("PATCH", "/api/v1/repositories/r1/findings/f1",
                                                 R"({"status":"ignored"})", "setting");
  CHECK(boost::json::serialize(document) == R"({"id":"f1"})");
  CHECK(!f.transport.requests()[0].repeatable);
  CHECK(f.transport.requests()[0].body == R"({"status":"ignored"})");
  f.transport.expect("POST", "/api/v1/repositories/r1/fixes", answer(403, ""));
  const auto error =
      error_of([&] { f.client.change_document("POST", "/api/v1/repositories/r1/fixes", "{}", "starting"); });
  CHECK(contains(error.hint(), "scope to write fixes"));
}

TEST_CASE("the server's clock is remembered from its last answer") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/me", answer(200, me_json, {{"date", "Mon, 01 Jun 2026 12:00:05 GMT"}}));
  CHECK(!f.client.server_time());
  f.client.me();
  CHECK(f.client.server_time() == parse_instant("2026-06-01T12:00:05Z"));
  f.transport.expect("GET", "/api/v1/me", answer(500, "", {{"Date", "nonsense"}}));
  error_of([&] { f.client.me(); });
  CHECK(!f.client.server_time());
}

TEST_CASE("a request without an answer passes through") {
  Fixture f;
  f.transport.expect("GET", "/api/v1/me", fault(Fault::connect, false, "refused"));
  CHECK(error_of([&] { f.client.me(); }).kind() == ErrorKind::network);
}
