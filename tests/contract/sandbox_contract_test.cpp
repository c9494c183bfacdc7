// The sandbox against the published contract (openapi.json here is a copy of the document that Kolega
// publishes): every operation that it serves, with right and wrong input, each answer against its schema.
#include <doctest/doctest.h>

#include "contract/journey.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

/// The one status of the contract that stands for success.
int success_of(const OpenApi::Operation& operation) {
  for (const auto& [status, response] : contract().operation(operation).at("responses").as_object()) {
    if (status.starts_with("2")) return std::stoi(std::string(status));
  }
  return 0;
}

/// One issue of a 422 in FastAPI's shape.
void check_issue(const Answer& answer, const std::string& type, const boost::json::array& loc) {
  REQUIRE(answer.status() == 422);
  INFO(answer.response.body);
  CHECK(answer.text("/detail/0/type") == type);
  CHECK(answer.at("/detail/0/loc") == boost::json::value(loc));
  CHECK(answer.at("/detail/0").as_object().contains("input"));
  CHECK(!answer.text("/detail/0/msg").empty());
}

}  // namespace

TEST_CASE("every operation of the contract is served") {
  Journey journey;
  CHECK(contract().operations().size() == 21);
  for (const auto& operation : contract().operations()) {
    INFO(operation.name());
    const auto known = journey.rig.send({operation.method, journey.target(operation.path), {}, ""});
    CHECK(known.status() == 401);  // 404 and 405 come before authentication
  }
}

TEST_CASE("right requests get right answers") {
  Journey journey;
  for (const auto& operation : contract().operations()) {
    const auto body = journey.good_body(operation);
    const auto answer = journey.call(operation, "", body);
    CHECK(answer.status() == success_of(operation));
  }
}

TEST_CASE("answers keep their schema in every state of a scan") {
  Journey journey;
  const auto path = journey.rig.trigger("acme", "semgrep_scan");
  journey.scan = path;
  journey.rig.sandbox().wait_for_feeds();
  for (int i = 0; i < 24; ++i) {
    for (const auto& operation : contract().operations()) {
      if (operation.method == "GET") journey.call(operation);
    }
    journey.rig.advance(std::chrono::milliseconds(500));
  }
  CHECK(journey.rig.get(path).text("/status") == "completed");
}

TEST_CASE("each query parameter is judged as the contract bounds it") {
  Journey journey;
  std::size_t seen = 0;
  for (const auto& operation : contract().operations()) {
    const auto* parameters = contract().operation(operation).if_contains("parameters");
    if (!parameters) continue;
    for (const auto& parameter : parameters->as_array()) {
      if (parameter.at("in") != "query") continue;
      ++seen;
      const std::string name(parameter.at("name").as_string());
      const auto& schema = parameter.at("schema").as_object();
      const auto query = "?" + name + "=";
      const auto* type = schema.if_contains("type");
      if (type && *type == "integer") {
        check_issue(journey.call(operation, query + "x"), "int_parsing", {"query", name});
        check_issue(journey.call(operation, query), "int_parsing", {"query", name});
        check_issue(journey.call(operation, query + "1.5"), "int_parsing", {"query", name});
        const auto least = schema.at("minimum").as_int64();
        check_issue(journey.call(operation, query + std::to_string(least - 1)), "greater_than_equal",
                    {"query", name});
        CHECK(journey.call(operation, query + std::to_string(least)).number("/" + name) == least);
        if (const auto* most = schema.if_contains("maximum")) {
          check_issue(journey.call(operation, query + std::to_string(most->as_int64() + 1)),
                      "less_than_equal", {"query", name});
          check_issue(journey.call(operation, query + "99999999999999999999999"), "less_than_equal",
                      {"query", name});
          CHECK(journey.call(operation, query + std::to_string(most->as_int64())).status() == 200);
        }
        CHECK(journey.call(operation).number("/" + name) == schema.at("default").as_int64());
      } else if (type && *type == "boolean") {
        check_issue(journey.call(operation, query + "maybe"), "bool_parsing", {"query", name});
        for (const auto* word : {"true", "False", "1", "no", "on", "off"}) {
          CHECK(journey.call(operation, query + word).status() == 200);
        }
      } else if (boost::json::serialize(schema).find("ScanType") != std::string::npos) {
        check_issue(journey.call(operation, query + "sast"), "enum", {"query", name});
        CHECK(journey.call(operation, query + "secrets_scan").number("/total") == 0);
      } else if (boost::json::serialize(schema).find("date-time") != std::string::npos) {
        for (const auto* wrong : {"", "yesterday", "2026-02-30T00:00:00Z", "2026-09-21T25:00:00Z"}) {
          check_issue(journey.call(operation, query + wrong), "datetime_from_date_parsing", {"query", name});
        }
        for (const auto* right : {"2026-09-21T15:13:20.5%2B02:00", "2026-09-21T14:13:20", "2026-09-21"}) {
          CHECK(journey.call(operation, query + right).status() == 200);
        }
      } else {
        CHECK(journey.call(operation, query + "no-such-value").number("/total") == 0);
      }
    }
  }
  CHECK(seen == 25);
}

TEST_CASE("several wrong parameters are told together") {
  Journey journey;
  const auto answer = journey.rig.get("/api/v1/repositories/acme/scans?scan_type=x&limit=0&skip=-1");
  CHECK(answer.status() == 422);
  CHECK(answer.at("/detail").as_array().size() == 3);
}

TEST_CASE("the exact words of FastAPI") {
  Journey journey;
  CHECK(journey.rig.get("/api/v1/repositories?limit=201").json() ==
        boost::json::parse(R"({"detail":[{"type":"less_than_equal","loc":["query","limit"],
          "msg":"Input should be less than or equal to 200","input":"201","ctx":{"le":200}}]})"));
  CHECK(journey.rig.post("/api/v1/repositories/acme/scans", R"({"scan_type":"sast"})").json() ==
        boost::json::parse(R"({"detail":[{"type":"enum","loc":["body","scan_type"],
          "msg":"Input should be 'secrets_scan', 'semgrep_scan', 'deep_ai_scan' or 'sbom_scan'","input":"sast",
          "ctx":{"expected":"'secrets_scan', 'semgrep_scan', 'deep_ai_scan' or 'sbom_scan'"}}]})"));
  CHECK(journey.rig.post("/api/v1/repositories/acme/scans", "{}").json() ==
        boost::json::parse(R"({"detail":[{"type":"missing","loc":["body","scan_type"],"msg":"Field required",
          "input":{}}]})"));
}

TEST_CASE("wrong bodies start nothing") {
  Journey journey;
  const OpenApi::Operation create{"POST", "/api/v1/repositories/{repository_id}/scans"};
  const auto before = journey.rig.get("/api/v1/repositories/acme/scans").number("/total");
  check_issue(journey.call(create, "", ""), "missing", {"body"});
  check_issue(journey.call(create, "", "{}"), "missing", {"body", "scan_type"});
  check_issue(journey.call(create, "", "[]"), "model_attributes_type", {"body"});
  check_issue(journey.call(create, "", "\"semgrep_scan\""), "model_attributes_type", {"body"});
  check_issue(journey.call(create, "", "5"), "model_attributes_type", {"body"});
  check_issue(journey.call(create, "", R"({"scan_type":)"), "json_invalid", {"body", 13});
  check_issue(journey.call(create, "", "{}x"), "json_invalid", {"body", 2});
  for (const auto* value : {"5", "null", "[]", "{}", "\"SAST\"", "\"semgrep\"", "true", "1e999"}) {
    const auto body = R"({"scan_type":)" + std::string(value) + "}";
    check_issue(journey.call(create, "", body), "enum", {"body", "scan_type"});
  }
  const net::ServerRequest form{"POST",
                                "/api/v1/repositories/acme/scans",
                                {SandboxRig::authorized()[0], {"Content-Type", "text/plain"}},
                                R"({"scan_type":"semgrep_scan"})"};
  check_issue(journey.rig.send(form), "model_attributes_type", {"body"});
  CHECK(journey.rig.get("/api/v1/repositories/acme/scans").number("/total") == before);
}

TEST_CASE("a finding takes the five statuses and no other word") {
  Journey journey;
  const OpenApi::Operation update{"PATCH", "/api/v1/repositories/{repository_id}/findings/{finding_id}"};
  for (const auto* value : {"\"fixed\"", "\"Open\"", "\"\"", "null", "1", "[]"}) {
    check_issue(journey.call(update, "", R"({"status":)" + std::string(value) + "}"), "enum",
                {"body", "status"});
  }
  check_issue(journey.call(update, "", "{}"), "missing", {"body", "status"});
  check_issue(journey.call(update, "", ""), "missing", {"body"});
  CHECK(journey.rig.get(journey.target(update.path)).text("/status") == "open");
  for (const auto* word : {"ignored", "false_positive", "needs_manual_review", "resolved", "open"}) {
    const auto answer = journey.call(update, "", R"({"status":")" + std::string(word) + "\"}");
    CHECK(answer.text("/status") == word);
    CHECK(answer.at("/resolved_at").is_null() == (std::string_view(word) != "resolved"));
  }
}

TEST_CASE("wrong bodies of fixes are told in the words of FastAPI and start nothing") {
  Journey journey;
  const OpenApi::Operation create{"POST", "/api/v1/repositories/{repository_id}/fixes"};
  const auto before = journey.rig.get("/api/v1/repositories/acme/fixes").number("/total");
  const auto wrong = [&](const std::string& member, const std::string& value, const std::string& type,
                         const boost::json::array& loc) {
    auto body = boost::json::parse(journey.fix_body("x")).as_object();
    body[member] = boost::json::parse(value);
    check_issue(journey.call(create, "", boost::json::serialize(body)), type, loc);
  };
  wrong("title", R"("")", "string_too_short", {"body", "title"});
  wrong("title", "\"" + std::string(201, 't') + "\"", "string_too_long", {"body", "title"});
  wrong("title", "null", "string_type", {"body", "title"});
  wrong("instructions", R"("")", "string_too_short", {"body", "instructions"});
  wrong("instructions", "[]", "string_type", {"body", "instructions"});
  wrong("source_repo", "7", "string_type", {"body", "source_repo"});
  wrong("source_repo_provider", R"("bitbucket")", "literal_error", {"body", "source_repo_provider"});
  wrong("source_scan_branch", "false", "string_type", {"body", "source_scan_branch"});
  wrong("finding_ids", "[]", "too_short", {"body", "finding_ids"});
  wrong("finding_ids", "null", "list_type", {"body", "finding_ids"});
  wrong("finding_ids", R"(["a",1])", "string_type", {"body", "finding_ids", 1});
  check_issue(journey.call(create, "", ""), "missing", {"body"});
  CHECK(journey.call(create, "", "{}").at("/detail").as_array().size() == 3);
  CHECK(journey.rig.get("/api/v1/repositories/acme/fixes").number("/total") == before);

  auto most = boost::json::parse(journey.fix_body("x")).as_object();
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "\xc3\xa4";  // 200 characters in 400 bytes
  most["title"] = umlauts;
  most["source_repo_provider"] = "azure_devops";
  most.erase("finding_ids");
  CHECK(journey.call(create, "", boost::json::serialize(most)).status() == 201);
}

TEST_CASE("instructions of a refinement have from 1 to 12,000 characters") {
  Journey journey;
  const OpenApi::Operation refine{"POST", "/api/v1/repositories/{repository_id}/fixes/{fix_id}/refine"};
  const auto body = [](std::size_t length) {
    return R"({"instructions":")" + std::string(length, 'i') + "\"}";
  };
  check_issue(journey.call(refine, "", body(0)), "string_too_short", {"body", "instructions"});
  check_issue(journey.call(refine, "", body(12'001)), "string_too_long", {"body", "instructions"});
  CHECK(journey.call(refine, "", body(12'000)).status() == 200);
}

TEST_CASE("no key, a wrong key, another scheme: 401") {
  Journey journey;
  for (const auto& operation : contract().operations()) {
    for (const net::Headers& headers :
         {net::Headers{}, net::Headers{{"Authorization", "Bearer kcp_test_wrong"}},
          net::Headers{{"Authorization", "Bearer "}}, net::Headers{{"Authorization", rig_token}},
          net::Headers{{"Authorization", std::string("Basic ") + rig_token}}}) {
      const auto answer = journey.rig.send({operation.method, journey.target(operation.path), headers, "{}"});
      INFO(operation.name());
      CHECK(answer.status() == 401);
      CHECK(answer.header("WWW-Authenticate") == "Bearer");
      CHECK(!answer.text("/detail").empty());
    }
  }
  const net::ServerRequest lower{
      "GET", "/api/v1/me", {{"authorization", std::string("bearer ") + rig_token}}, ""};
  CHECK(journey.rig.send(lower).status() == 200);
}

TEST_CASE("unknown repositories, scans, findings and paths: 404") {
  Journey journey;
  const std::string scan_id = journey.scan.substr(journey.scan.rfind('/') + 1);
  for (const std::string path : {"/api/v1/repositories/other",
                                 "/api/v1/repositories/other/scans",
                                 "/api/v1/repositories/other/findings",
                                 "/api/v1/repositories/acme/scans/none",
                                 "/api/v1/repositories/acme/scans/none/progress",
                                 "/api/v1/repositories/acme/scans/none/results",
                                 "/api/v1/repositories/acme/findings/none",
                                 "/api/v1/repositories/other/fixes",
                                 "/api/v1/repositories/acme/fixes/none",
                                 "/api/v1/repositories/acme/fixes/none/diff",
                                 "/api/v1/repositories/acme/fixes/none/progress",
                                 "/",
                                 "/api/v1",
                                 "/api/v2/me",
                                 "/api/v1/me/",
                                 "/api/v1/repositories/",
                                 "/api/v1/repositories//scans",
                                 "//api/v1/me",
                                 "/api/v1/repositories/acme%2Fscans",
                                 "/api/v1/repositories/default"}) {
    const auto answer = journey.rig.get(path);
    INFO(path);
    CHECK(answer.status() == 404);
    CHECK(!answer.text("/detail").empty());
  }
  const auto foreign = journey.rig.get("/api/v1/repositories/other/scans/" + scan_id);
  CHECK(foreign.status() == 404);
  CHECK(journey.rig.post("/api/v1/repositories/other/scans", R"({"scan_type":"sbom_scan"})").status() == 404);
}

TEST_CASE("other methods: 405 with Allow") {
  Journey journey;
  for (const auto& operation : contract().operations()) {
    const auto answer =
        journey.rig.send({"DELETE", journey.target(operation.path), SandboxRig::authorized(), ""});
    INFO(operation.name());
    CHECK(answer.status() == 405);
    CHECK(answer.header("Allow").find(operation.method) != std::string::npos);
    CHECK(answer.text("/detail") == "Method Not Allowed");
  }
}

TEST_CASE("a missing scope: 403 without a quota") {
  TempDir dir;
  auto config = one_repository(dir.path().string(), "true");
  config.scopes = {"scans:read"};
  SandboxRig rig(config);
  const auto answer = rig.post("/api/v1/repositories/acme/scans", R"({"scan_type":"sbom_scan"})");
  CHECK(answer.status() == 403);
  CHECK(answer.at("/detail").is_string());
  CHECK(answer.text("/detail").find("scans:write") != std::string::npos);
  CHECK(rig.get("/api/v1/repositories/acme/scans").status() == 200);
  CHECK(rig.get("/api/v1/repositories/acme/findings").status() == 403);
  CHECK(rig.get("/api/v1/me").status() == 200);
}
