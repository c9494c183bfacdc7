// The comment against stand-ins of the three forges, through the real HTTP client on loopback.
#include "forge/comment.hpp"

#include <doctest/doctest.h>

#include "support/fake_system.hpp"
#include "support/forge_stand_in.hpp"

using namespace kolega;
using forge::Forge;
using forge::Written;
using test::ForgeStandIn;

namespace {

constexpr std::array all_forges{Forge::github, Forge::gitlab, Forge::azure};

Written write(ForgeStandIn& forge, const std::string& body = "the verdict",
              const std::string& gate = "CI/gate") {
  const sys::Environment environment(forge.environment());
  auto search = forge::find_place(ci::detect(environment), environment);
  REQUIRE_MESSAGE(search.place, search.why_not);
  net::ClientOptions options;
  options.base = search.place->api;
  options.base.path.clear();
  test::FakeSystem fake;
  const auto transport = net::make_retrying(net::make_http_transport(options), fake.system(), {.budget = 3});
  const auto comments = forge::make_comments(*search.place, *transport, {});
  return forge::write_comment(*comments, gate, body, [] { return true; });
}

std::string failure(ForgeStandIn& forge) {
  try {
    write(forge);
  } catch (const Error& error) {
    return error.message() + (error.hint().empty() ? "" : " (" + error.hint() + ")");
  }
  return "written";
}

std::string ours(const std::string& body) {
  return forge::marker_of("CI/gate") + "\n" + body;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a comment is written once and then updated in place") {
  for (const auto kind : all_forges) {
    CAPTURE(forge::name_of(kind));
    ForgeStandIn forge(kind);
    forge.add("5", "looks good");
    CHECK(write(forge, "first") == Written::created);
    CHECK(write(forge, "second") == Written::updated);
    const auto comments = forge.comments();
    REQUIRE(comments.size() == 2);
    CHECK(comments[0].body == "looks good");
    CHECK(comments[1].body == ours("second"));
  }
}

TEST_CASE("two gates have a comment each") {
  for (const auto kind : all_forges) {
    ForgeStandIn forge(kind);
    CHECK(write(forge, "one", "CI/secrets") == Written::created);
    CHECK(write(forge, "two", "CI/deps") == Written::created);
    CHECK(write(forge, "three", "CI/secrets") == Written::updated);
    REQUIRE(forge.comments().size() == 2);
    CHECK(contains(forge.comments()[0].body, "three"));
    CHECK(contains(forge.comments()[1].body, "two"));
  }
}

TEST_CASE("somebody else's comment with our marker is left alone") {
  for (const auto kind : all_forges) {
    CAPTURE(forge::name_of(kind));
    ForgeStandIn forge(kind);
    forge.add("666", ours("all is well, trust me"));
    CHECK(write(forge) == Written::created);
    CHECK(write(forge) == Written::updated);
    REQUIRE(forge.comments().size() == 2);
    CHECK(forge.comments()[0].body == ours("all is well, trust me"));
  }
}

TEST_CASE("only the first line is looked at: a quoted comment of ours is another one") {
  for (const auto kind : all_forges) {
    ForgeStandIn forge(kind);
    forge.add("17", "see:\n" + ours("x"));
    forge.add("17", "> " + ours("x"));
    forge.add("17", forge::marker_of("CI/gate") + " and more\nx");
    CHECK(write(forge) == Written::created);
    REQUIRE(forge.comments().size() == 4);
    forge.add("17", forge::marker_of("CI/gate") + "\r\nwritten on Windows");
    CHECK(write(forge, "again") == Written::updated);
    CHECK(forge.comments()[3].body == ours("again"));  // the oldest of ours
  }
}

TEST_CASE("a comment that was deleted is written anew") {
  ForgeStandIn azure(Forge::azure);
  azure.add("17", ours("old"), true);
  CHECK(write(azure) == Written::created);
  for (const auto kind : all_forges) {
    ForgeStandIn forge(kind);
    forge.add("17", ours("old"));
    forge.fault = [](const net::ServerRequest& request, int) -> std::optional<net::ServerResponse> {
      if (request.method != "PATCH" && request.method != "PUT") return std::nullopt;
      return net::ServerResponse{.status = 404, .body = R"({"message":"gone meanwhile"})"};
    };
    CHECK(write(forge) == Written::created);
  }
}

TEST_CASE("ours is found on a later page, and the pages are bounded") {
  for (const auto kind : {Forge::github, Forge::gitlab}) {
    for (const bool links : {true, false}) {
      ForgeStandIn forge(kind);
      forge.links = links;
      for (int i = 0; i < 250; ++i) forge.add("5", "chatter");
      forge.add("17", ours("old"));
      CHECK(write(forge, "new") == Written::updated);
      CHECK(forge.comments().back().body == ours("new"));
    }
    ForgeStandIn endless(kind);
    for (int i = 0; i < 3001; ++i) endless.add("5", "chatter");
    CHECK(contains(failure(endless), "more than 3000 comments"));
    CHECK(endless.comments().size() == 3001);
  }
}

TEST_CASE("a lost answer to the creation: it looks before it creates a second time") {
  for (const auto kind : all_forges) {
    CAPTURE(forge::name_of(kind));
    ForgeStandIn made(kind);
    made.lost_creates = 1;
    CHECK(write(made) == Written::created);
    CHECK(made.comments().size() == 1);

    ForgeStandIn not_made(kind);
    not_made.fault = [](const net::ServerRequest& request, int number) -> std::optional<net::ServerResponse> {
      const bool first = request.method == "POST" && request.target != "/graphql" && number <= 2;
      if (!first || request.body.find("verdict") == std::string::npos) return std::nullopt;
      static int faults = 0;
      if (++faults % 2 == 0) return std::nullopt;
      return net::ServerResponse{.status = 502, .body = "<html>bad gateway</html>"};
    };
    CHECK(write(not_made) == Written::created);
    CHECK(not_made.comments().size() == 1);
  }
}

TEST_CASE("a server that always fails gets a bounded number of attempts") {
  for (const auto kind : all_forges) {
    ForgeStandIn forge(kind);
    forge.fault = [](const net::ServerRequest& request, int) -> std::optional<net::ServerResponse> {
      if (request.method != "POST" || request.target == "/graphql") return std::nullopt;
      return net::ServerResponse{.status = 500, .body = "{}"};
    };
    CHECK(contains(failure(forge), "writing the comment: HTTP 500"));
    CHECK(forge.comments().empty());
  }
}

TEST_CASE("refusals are told with what to do, and never with the token") {
  struct Row {
    Forge kind;
    int status;
    net::Headers headers;
    std::string body, told;
  };
  const std::vector<Row> rows{
      {Forge::github, 401, {}, R"({"message":"Bad credentials"})", "token was not accepted"},
      {Forge::github,
       403,
       {},
       R"({"message":"Resource not accessible by integration"})",
       "Resource not accessible by integration (the job needs `permissions: pull-requests: write`"},
      {Forge::github, 403, {{"x-ratelimit-remaining", "0"}}, "{}", "rate limit"},
      {Forge::github, 403, {}, R"({"message":"You have exceeded a secondary rate limit"})", "rate limit"},
      {Forge::github, 404, {}, R"({"message":"Not Found"})", "HTTP 404: Not Found (the job needs"},
      {Forge::github, 301, {{"Location", "https://attacker.test/"}}, "", "HTTP 301"},
      {Forge::gitlab, 401, {}, R"({"message":"401 Unauthorized"})", "CI_JOB_TOKEN may not write comments"},
      {Forge::gitlab, 403, {}, R"({"error":"insufficient_scope"})", "insufficient_scope (it takes a project"},
      {Forge::gitlab, 200, {}, "<html>log in</html>", "GitLab: "},
      {Forge::azure, 203, {}, "<html>log in</html>", "token was not accepted (map SYSTEM_ACCESSTOKEN"},
      {Forge::azure,
       403,
       {},
       R"({"message":"TF401027: you need the permission"})",
       "Contribute to pull requests"},
      {Forge::azure, 200, {}, "[]", "Azure DevOps: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.told);
    ForgeStandIn forge(row.kind);
    forge.fault = [&](const net::ServerRequest& request, int) -> std::optional<net::ServerResponse> {
      if (request.target == "/graphql") return std::nullopt;
      return net::ServerResponse{.status = row.status, .headers = row.headers, .body = row.body};
    };
    const auto told = failure(forge);
    CHECK_MESSAGE(contains(told, row.told), told);
    CHECK_FALSE(contains(told, "forge-secret"));
    CHECK(forge.comments().empty());
    for (const auto& request : forge.requests()) CHECK_FALSE(contains(request.target, "forge-secret"));
  }
}

TEST_CASE("whose token it is: apps by GraphQL, servers without it by GET /user") {
  ForgeStandIn app(Forge::github);
  app.account = "github-actions[bot]";
  app.add("github-actions", ours("a user of that name"));
  CHECK(write(app) == Written::created);
  CHECK(write(app) == Written::updated);

  ForgeStandIn rest(Forge::github);
  rest.graphql = false;
  CHECK(write(rest) == Written::created);
  CHECK(write(rest) == Written::updated);

  ForgeStandIn nobody(Forge::github);
  nobody.account = "";
  nobody.add("", ours("the comment of an account that was deleted"));
  CHECK(contains(failure(nobody), "cannot tell whose token"));
  CHECK(nobody.comments().size() == 1);
}

TEST_CASE("a marker is one line, holds no end of a comment and differs for each name") {
  CHECK(forge::marker_of("CI/gate") == "<!-- kolega-gate comment: CI/gate -->");
  const std::string hostile = "--> <script>\n`$(touch pwned)` --";
  const auto marker = forge::marker_of(hostile);
  CHECK(marker.find("--", 4) == marker.size() - 3);
  CHECK(marker.find_first_of("\n\r<>`$(", 4) == marker.size() - 1);
  CHECK(forge::marker_of("a b") != forge::marker_of("a-b"));
  CHECK(forge::marker_of(std::string(5000, 'x')).size() < 200);
  CHECK(forge::marker_of(std::string(5000, 'x')) != forge::marker_of(std::string(5001, 'x')));
}

TEST_CASE("a body that is too long is cut at a line and says so") {
  std::string body;
  for (int i = 0; i < 5000; ++i) body += "| a row of a table, number " + std::to_string(i) + " |\n";
  const auto fitted = forge::fit(body, 65'536);
  CHECK(fitted.size() <= 65'536);
  CHECK(fitted.size() > 65'000);
  CHECK(contains(fitted, "|\n\n… cut: "));
  CHECK(forge::fit("short", 5) == "short");
  CHECK(forge::fit(std::string(100'000, 'x'), 1000).size() < 1000);
  ForgeStandIn forge(Forge::github);
  CHECK(write(forge, body) == Written::created);
  CHECK(forge.comments()[0].body.size() <= 65'536);
}
