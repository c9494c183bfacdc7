// How `extends` reaches files and addresses, seen from the commands that read a policy.
#include "cli/policy_parents.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/digest.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"
#include "support/tls_server.hpp"

using namespace kolega;
using test::TempDir;

namespace {

const std::string rules = "gate: v1\nname: base\nrules: [{id: base-rule, max: 2}]\n";

std::string extending(const std::string& item) {
  return "gate: v1\nextends:\n  - " + item + "\n";
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Serves one text over TLS and keeps what it was asked.
class PolicySite {
 public:
  explicit PolicySite(std::string answer)
      : authority_(make_authority()),
        context_(test::make_identity({.common_name = "site", .names = "DNS:localhost"}, &authority_)),
        server_([this, answer = std::move(answer)](test::Peer& peer, int) {
          test::TlsPeer tls(peer, context_);
          if (!tls.accepted()) return;
          server_.note(tls.read_request());
          tls.say(answer);
          tls.close_in_order();
        }) {}

  std::string url() const { return "https://localhost:" + std::to_string(server_.port()) + "/org/base.yaml"; }
  std::string authority() const { return test::pem_of(authority_.certificate); }
  std::vector<std::string> requests() const { return server_.notes(); }

 private:
  static test::Identity make_authority() {
    return test::make_identity({.common_name = "Test Authority", .authority = true});
  }
  test::Identity authority_;
  test::TlsContext context_;
  test::RawServer server_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// `policy show` of a policy that extends what the site serves; the network needs the real clock.
test::CliResult show_from(const PolicySite& site, const std::string& pin) {
  const TempDir dir;
  auto system = sys::real_system();
  system.environment = sys::Environment(std::map<std::string, std::string>{
      {"SSL_CERT_FILE", dir.write("ca.pem", site.authority())}, {"KOLEGA_TOKEN", "kcp_live_secret"}});
  system.working_directory = dir.path();
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  dir.write("kolega-policy.yaml", extending("{url: \"" + site.url() + "\", sha256: " + pin + "}"));
  const int code = cli::run({"policy", "show"}, {out, err, in}, system);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("a path is relative to the file that names it, whatever the working directory is") {
  const TempDir dir;
  std::filesystem::create_directory(dir.path() / ".git");
  dir.write("policies/org/base.yaml", rules);
  dir.write("policies/team.yaml", extending("{path: org/base.yaml}"));
  const auto file = dir.write(".kolega/policy.yaml", extending("{path: ../policies/team.yaml}"));
  const auto by_place = test::cli({"policy", "show", "--origins"}, {.directory = dir.path()});
  CHECK(by_place.code == 0);
  CHECK(says(by_place.out, "id: base-rule"));
  CHECK(says(by_place.out, "#   .kolega/policy.yaml sha256:"));
  CHECK(says(by_place.out, "#   policies/org/base.yaml sha256:" + sha256_hex(rules)));
  CHECK(says(by_place.out, "#   rule base-rule: policies/org/base.yaml:3:14\n"));
  CHECK(test::cli({"policy", "show", file}, {.directory = "/"}).out.find("base-rule") != std::string::npos);
}

TEST_CASE("a path that leaves the repository is refused, also by a link") {
  const TempDir outside;
  const auto secret = outside.write("secret.yaml", rules);
  const TempDir dir;
  std::filesystem::create_directory(dir.path() / ".git");
  std::filesystem::create_symlink(secret, dir.path() / "link.yaml");
  std::filesystem::create_directory_symlink(outside.path(), dir.path() / "folder");
  const auto name = outside.path().filename().string();
  for (const auto& path :
       {"../" + name + "/secret.yaml", std::string("link.yaml"), std::string("folder/secret.yaml"),
        std::string("a/../../" + name + "/secret.yaml"), std::string("../missing.yaml")}) {
    CAPTURE(path);
    dir.write("kolega-policy.yaml", extending("{path: " + path + "}"));
    const auto result = test::cli({"policy", "check"}, {.directory = dir.path()});
    CHECK(result.code == 2);
    CHECK(says(result.err, "' is outside of "));
    CHECK_FALSE(says(result.err, "base-rule"));
  }
}

TEST_CASE("without a repository the working directory is the border, or else the policy's own folder") {
  const TempDir dir;
  dir.write("base.yaml", rules);
  const auto file = dir.write("sub/policy.yaml", extending("{path: ../base.yaml}"));
  CHECK(test::cli({"policy", "check", file}, {.directory = dir.path()}).code == 0);
  const auto elsewhere = test::cli({"policy", "check", file}, {.directory = "/nonexistent"});
  CHECK(elsewhere.code == 2);
  CHECK(says(elsewhere.err, "'../base.yaml' is outside of"));
}

TEST_CASE("a file that is not there, or larger than 1 MiB, is said at the line that names it") {
  const TempDir dir;
  dir.write("kolega-policy.yaml", extending("{path: none.yaml}"));
  const auto none = test::cli({"policy", "check"}, {.directory = dir.path()});
  CHECK(none.code == 2);
  CHECK(says(none.err, "kolega-policy.yaml:3:5: error: cannot read "));
  dir.write("none.yaml", rules + "#" + std::string(1024 * 1024, 'x'));
  CHECK(
      says(test::cli({"policy", "check"}, {.directory = dir.path()}).err, "kolega-policy.yaml:3:5: error: "));
}

TEST_CASE("a url is read over TLS and no token is sent") {
  const PolicySite site(ok(rules));
  const auto shown = show_from(site, sha256_hex(rules));
  CAPTURE(shown.err);
  CHECK(shown.code == 0);
  CHECK(says(shown.out, "base-rule"));
  REQUIRE(site.requests().size() == 1);
  CHECK(site.requests()[0].starts_with("GET /org/base.yaml HTTP/1.1\r\n"));
  CHECK_FALSE(says(site.requests()[0], "uthorization"));
  CHECK_FALSE(says(site.requests()[0], "kcp_live"));
}

TEST_CASE(
    "a url with another sha256, another status, a redirect or too many bytes loads nothing and ends with 2") {
  const auto refused = [](const std::string& answer, const std::string& part) {
    CAPTURE(part);
    const PolicySite site(answer);
    const auto shown = show_from(site, sha256_hex(rules));
    CHECK(shown.code == 2);
    CHECK(shown.out.empty());
    CAPTURE(shown.err);
    CHECK(says(shown.err, part));
    CHECK(says(shown.err, "kolega-policy.yaml:3:5: error: "));
  };
  refused(ok(rules + "#"), "is not the one that 'sha256' pins");
  refused("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "answers 404");
  refused(
      "HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\nContent-Length: 0\r\nConnection: "
      "close\r\n\r\n",
      "leads to another address");
  refused(ok(std::string(1024 * 1024 + 1, ' ')), "error: ");
}

TEST_CASE("a site that nobody vouches for loads nothing") {
  const PolicySite site(ok(rules));
  const TempDir dir;
  dir.write("kolega-policy.yaml",
            extending("{url: \"" + site.url() + "\", sha256: " + sha256_hex(rules) + "}"));
  const auto shown = test::cli({"policy", "show"}, {.directory = dir.path()});
  CHECK(shown.code == 2);
  CHECK(site.requests().empty());
  // The options of the API's address have nothing to do with it.
  CHECK(says(shown.err, "hint: check the address in 'extends'"));
  CHECK_FALSE(says(shown.err, "--api-url"));
  CHECK_FALSE(says(shown.err, "KOLEGA_API_URL"));
}
