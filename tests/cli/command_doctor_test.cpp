// Each trouble one at a time, against servers on loopback with TLS and without.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "api/documents.hpp"
#include "api_world.hpp"
#include "net/retry_policy.hpp"
#include "support/files.hpp"
#include "support/tls_server.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;

namespace {

std::string me_of(const std::string& organization, const std::string& key) {
  return R"({"organization_id":"o1","organization_name":")" + organization +
         R"(","organization_slug":"acme","api_key":{"id":"k1","name":")" + key +
         R"(","key_prefix":"kcp_test","scopes":["scans:read"]}})";
}
const std::string me = me_of("Acme", "ci");

class HealthyWorld : public ApiWorld {
 public:
  HealthyWorld() {
    on("GET /api/v1/me", me);
    on("GET /api/v1/repositories/r1", test::repository_json("r1", "acme/shop"));
    on("GET /api/v1/quotas/balance", test::quota_json(3, 2));
  }
  test::CliResult examine(std::vector<std::string> more = {}, bool with_policy = true) {
    std::vector<std::string> words{"doctor", "--repository", "r1"};
    if (with_policy) words.insert(words.end(), {"--policy", "builtin:starter"});
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run(words);
    CHECK_FALSE(contains(result.out + result.err, "kcp_test_secret"));
    return result;
  }
};

/// "FAIL" of the check of this name; empty when there is no such line.
std::string state_of(const test::CliResult& result, const std::string& name) {
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string state;
    std::string check;
    if (words >> state >> check && check == name) return state;
  }
  return {};
}

const test::Identity& authority() {
  static const test::Identity made = [] {
    test::CertificateOptions options;
    options.common_name = "Test Authority";
    options.authority = true;
    return test::make_identity(options);
  }();
  return made;
}

test::Identity issued(const std::string& names, long starts = -3600, long ends = 3600) {
  test::CertificateOptions options;
  options.names = names;
  options.starts = starts;
  options.ends = ends;
  return test::make_identity(options, &authority());
}

std::string answer(const std::string& body, const std::string& date) {
  return "HTTP/1.1 200 OK\r\nDate: " + date +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// The API over TLS.
class Site {
 public:
  explicit Site(const test::Identity& identity, std::string date = "Mon, 01 Jun 2026 12:00:10 GMT")
      : context_(identity), server_([this, date](test::Peer& peer, int) {
          test::TlsPeer tls(peer, context_);
          while (tls.accepted()) {
            const auto request = tls.read_request();
            if (request.empty()) return;
            if (request.starts_with("GET /api/v1/me ")) {
              tls.say(answer(me, date));
            } else if (request.starts_with("GET /api/v1/quotas/balance ")) {
              tls.say(answer(test::quota_json(3, 2), date));
            } else {
              tls.say(answer(test::repository_json("r1", "acme/shop"), date));
            }
          }
        }) {}
  std::string url(const std::string& host = "localhost") const {
    return "https://" + host + ":" + std::to_string(server_.port());
  }

 private:
  test::TlsContext context_;
  test::RawServer server_;
};

test::CliResult examine(const std::string& url, const std::vector<std::string>& more = {}) {
  HealthyWorld world;
  const test::TempDir dir;
  world.environment = {{"KOLEGA_API_URL", url},
                       {"SSL_CERT_FILE", dir.write("ca.pem", test::pem_of(authority().certificate))}};
  return world.examine(more);
}

}  // namespace

TEST_CASE("all is well: exit 0 and a line for each check") {
  HealthyWorld world;
  const auto result = world.examine();
  INFO(result.out);
  CHECK(result.code == 0);
  for (const auto* name :
       {"token", "address", "proxy", "names", "connection", "tls", "key", "policy", "repository", "quota"}) {
    CAPTURE(name);
    CHECK(state_of(result, name) == "ok");
  }
  CHECK(state_of(result, "clock") == "skipped");  // this server tells no time
  CHECK(contains(result.out, "found in KOLEGA_TOKEN"));
  CHECK(contains(result.out, "accepted: ci of Acme, scopes scans:read"));
  CHECK(world.count("POST") == 0);
}

TEST_CASE("over TLS: version, issuer and the certificates that are trusted") {
  const Site site(issued("DNS:localhost"));
  const auto result = examine(site.url());
  INFO(result.out);
  CHECK(result.code == 0);
  CHECK(contains(result.out, "TLSv1.3, certificate issued by Test Authority, good until "));
  CHECK(contains(result.out, "/ca.pem (SSL_CERT_FILE)"));
  CHECK(state_of(result, "clock") == "ok");
}

TEST_CASE("a wrong certificate or host: tls fails, the policy is still checked, exit 5") {
  test::CertificateOptions selfsigned;
  selfsigned.names = "DNS:localhost";
  struct Row {
    std::string name;
    test::Identity identity;
    std::string told;
  };
  for (const auto& row :
       {Row{"name", issued("DNS:other.test"), "for another name"},
        Row{"expired", issued("DNS:localhost", -7200, -3600), "has expired"},
        Row{"future", issued("DNS:localhost", 3600, 7200), "not yet valid"},
        Row{"self-signed", test::make_identity(selfsigned), "signed by itself and not trusted here"}}) {
    CAPTURE(row.name);
    const Site site(row.identity);
    const auto result = examine(site.url());
    INFO(result.out);
    CHECK(result.code == 5);
    CHECK(state_of(result, "connection") == "ok");
    CHECK(state_of(result, "tls") == "FAIL");
    CHECK(contains(result.out, row.told));
    CHECK(contains(result.out, "-> "));
    for (const auto* name : {"clock", "key", "repository", "quota"})
      CHECK(state_of(result, name) == "skipped");
    CHECK(state_of(result, "policy") == "ok");
  }
}

TEST_CASE("no TLS on the port, no server at all, no such certificates") {
  HealthyWorld plain;
  const test::RawServer silent([](test::Peer& peer, int) {
    peer.read_request();
    peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const auto no_tls = examine("https://localhost:" + std::to_string(silent.port()));
  CHECK(no_tls.code == 5);
  CHECK(state_of(no_tls, "tls") == "FAIL");
  CHECK(contains(no_tls.out, "does not speak TLS"));

  const auto nobody = examine("https://localhost:1");
  CHECK(nobody.code == 5);
  CHECK(state_of(nobody, "names") == "ok");
  CHECK(state_of(nobody, "connection") == "FAIL");
  CHECK(state_of(nobody, "tls") == "skipped");

  const Site site(issued("DNS:localhost"));
  const auto no_file = examine(site.url(), {"--ca-file", "/nonexistent/ca.pem"});
  CHECK(no_file.code == 2);
  CHECK(state_of(no_file, "tls") == "FAIL");
  CHECK(contains(no_file.out, "/nonexistent/ca.pem"));
}

TEST_CASE("a clock that is off is a warning with the difference") {
  for (const auto& [date, told] :
       {std::pair{"Mon, 01 Jun 2026 12:10:00 GMT", "10m 00s behind the server"},
        std::pair{"Mon, 01 Jun 2026 09:00:00 GMT", "3h 00m ahead of the server"}}) {
    const Site site(issued("DNS:localhost"), date);
    const auto result = examine(site.url());
    INFO(result.out);
    CHECK(result.code == 0);
    CHECK(state_of(result, "clock") == "warn");
    CHECK(contains(result.out, told));
    CHECK(contains(result.out, "-> set the clock"));
  }
}

TEST_CASE("no token: the network is still examined, exit 4") {
  const Site site(issued("DNS:localhost"));
  HealthyWorld world;
  const test::TempDir dir;
  world.environment = {{"KOLEGA_API_URL", site.url()},
                       {"KOLEGA_TOKEN", ""},
                       {"SSL_CERT_FILE", dir.write("ca.pem", test::pem_of(authority().certificate))}};
  const auto result = world.examine();
  INFO(result.out);
  CHECK(result.code == 4);
  CHECK(state_of(result, "token") == "FAIL");
  CHECK(state_of(result, "tls") == "ok");
  CHECK(state_of(result, "clock") == "ok");
  CHECK(state_of(result, "key") == "skipped");
  CHECK(contains(result.out, "set KOLEGA_TOKEN"));
}

TEST_CASE("the form of the token, and a key that is not accepted") {
  HealthyWorld odd;
  odd.environment = {{"KOLEGA_TOKEN", "ghp_notours"}};
  const auto warned = odd.examine();
  CHECK(state_of(warned, "token") == "warn");
  CHECK_FALSE(contains(warned.out, "ghp_notours"));
  HealthyWorld broken;
  broken.environment = {{"KOLEGA_TOKEN", "kcp_a b"}};
  const auto unusable = broken.examine();
  CHECK(unusable.code == 2);
  CHECK_FALSE(contains(unusable.out, "kcp_a"));

  ApiWorld refusing;
  refusing.on("GET /api/v1/me", R"({"detail":"Invalid API key"})", 401);
  const auto refused = refusing.run({"doctor", "--policy", "builtin:starter"});
  CHECK(refused.code == 4);
  CHECK(state_of(refused, "key") == "FAIL");
  CHECK(state_of(refused, "repository") == "skipped");
  CHECK(state_of(refused, "quota") == "skipped");
}

TEST_CASE("policy, repository and quota: 2, 4 and 3; the first failure decides") {
  HealthyWorld world;
  const auto no_policy = world.examine({"--policy", "absent.yaml"}, false);
  CHECK(no_policy.code == 2);
  CHECK(state_of(no_policy, "policy") == "FAIL");
  CHECK(state_of(no_policy, "quota") == "ok");

  ApiWorld lost;
  lost.on("GET /api/v1/me", me);
  lost.on("GET /api/v1/quotas/balance", test::quota_json(0, 2));
  const auto no_repository = lost.run({"doctor", "--policy", "builtin:starter", "--repository", "r1"});
  CHECK(no_repository.code == 4);
  CHECK(state_of(no_repository, "repository") == "FAIL");
  CHECK(state_of(no_repository, "quota") == "FAIL");

  ApiWorld spent;
  spent.on("GET /api/v1/me", me);
  spent.on("GET /api/v1/repositories/r1", test::repository_json("r1", "acme/shop"));
  spent.on("GET /api/v1/quotas/balance", test::quota_json(0, 2));
  const auto no_quota = spent.run({"doctor", "--policy", "builtin:starter", "--repository", "r1"});
  CHECK(no_quota.code == 3);
  CHECK(contains(no_quota.out, "nothing is left of sast_scans; it starts anew at 2026-06-15T00:00:00Z"));
}

TEST_CASE("the address: not encrypted, or none") {
  const auto plain = examine("http://api.test");
  CHECK(plain.code == 2);
  CHECK(state_of(plain, "address") == "FAIL");
  CHECK(state_of(plain, "names") == "skipped");
  CHECK(state_of(plain, "policy") == "ok");
  CHECK(examine("nonsense").code == 2);
}

TEST_CASE("the proxy: which one and why; its password is not shown") {
  HealthyWorld world;
  world.environment = {{"KOLEGA_API_URL", "https://api.test"},
                       {"HTTPS_PROXY", "http://user:hunter2@127.0.0.1:1"}};
  const auto through = world.examine();
  INFO(through.out);
  CHECK(contains(through.out, "http://127.0.0.1:1, from HTTPS_PROXY"));
  CHECK_FALSE(contains(through.out, "hunter2"));
  CHECK(state_of(through, "connection") == "FAIL");
  CHECK(state_of(through, "tunnel") == "skipped");
  CHECK(through.code == 5);

  const test::RawServer refusing([](test::Peer& peer, int) {
    peer.read_request();
    peer.say("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  });
  world.environment["HTTPS_PROXY"] = "http://127.0.0.1:" + std::to_string(refusing.port());
  const auto denied = world.examine();
  CHECK(state_of(denied, "connection") == "ok");
  CHECK(state_of(denied, "tunnel") == "FAIL");
  CHECK(contains(denied.out, "refused the connection with status 407"));

  world.environment["HTTPS_PROXY"] = "https://proxy.test";
  CHECK(world.examine().code == 2);
  world.environment["NO_PROXY"] = "api.test";
  world.environment["KOLEGA_API_URL"] = "https://api.test:1";
  CHECK(contains(world.examine().out, "none: NO_PROXY covers api.test"));
}

TEST_CASE("--json holds the same, and hostile text of the server stays text") {
  ApiWorld world;
  world.on("GET /api/v1/me", me_of(R"(\n::error::forged\u001b[31m##vso[x])", R"(\u202ek)"));
  const auto text = world.run({"doctor", "--policy", "builtin:starter"});
  CHECK_FALSE(contains(text.out, "\n::"));
  CHECK_FALSE(contains(text.out, "\x1b"));
  CHECK_FALSE(contains(text.out, "##vso["));
  CHECK_FALSE(contains(text.out, "\u202e"));
  const auto json = world.run({"doctor", "--policy", "builtin:starter", "--json"});
  const auto document = boost::json::parse(json.out);
  CHECK(document.at("exit_code") == json.code);
  CHECK(document.at("checks").as_array().size() == 11);
  CHECK(document.at("checks").at(0).at("name") == "token");
  CHECK_FALSE(contains(json.out, "\x1b"));
}
