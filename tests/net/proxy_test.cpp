#include "net/proxy.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace kolega;
using net::find_proxy;
using net::is_excepted;
using net::parse_url;

namespace {
std::string proxy_of(const std::string& url, std::map<std::string, std::string> variables) {
  const auto proxy = find_proxy(parse_url(url, "x"), sys::Environment(std::move(variables)));
  return proxy ? proxy->origin() : "none";
}
}  // namespace

TEST_CASE("the environment names the proxy") {
  const std::string https = "https://api.kolega.dev";
  const std::string http = "http://api.kolega.dev";
  CHECK(proxy_of(https, {}) == "none");
  CHECK(proxy_of(https, {{"HTTP_PROXY", "http://p:1"}}) == "none");
  CHECK(proxy_of(https, {{"HTTPS_PROXY", "http://p:1"}}) == "http://p:1");
  CHECK(proxy_of(https, {{"HTTPS_PROXY", "p:1"}}) == "http://p:1");
  CHECK(proxy_of(https, {{"HTTPS_PROXY", "http://up:1"}, {"https_proxy", "http://low:2"}}) == "http://low:2");
  CHECK(proxy_of(https, {{"ALL_PROXY", "http://all:1"}}) == "http://all:1");
  CHECK(proxy_of(https, {{"all_proxy", "http://all:1"}, {"HTTPS_PROXY", "http://p:1"}}) == "http://p:1");
  CHECK(proxy_of(http, {{"HTTPS_PROXY", "http://p:1"}}) == "none");
  CHECK(proxy_of(http, {{"HTTP_PROXY", "http://p:1"}}) == "http://p:1");
}

TEST_CASE("HTTP_PROXY in capitals is not believed under CGI") {
  CHECK(proxy_of("http://a.test", {{"HTTP_PROXY", "http://p:1"}, {"REQUEST_METHOD", "GET"}}) == "none");
  CHECK(proxy_of("http://a.test", {{"http_proxy", "http://p:1"}, {"REQUEST_METHOD", "GET"}}) == "http://p:1");
  CHECK(proxy_of("https://a.test", {{"HTTPS_PROXY", "http://p:1"}, {"REQUEST_METHOD", "GET"}}) ==
        "http://p:1");
}

TEST_CASE("loopback is never proxied") {
  for (const std::string url :
       {"http://127.0.0.1:8", "https://localhost", "http://[::1]:8", "http://x.localhost"}) {
    CHECK(proxy_of(url, {{"ALL_PROXY", "http://p:1"}, {"HTTP_PROXY", "http://p:1"}}) == "none");
  }
}

TEST_CASE("a bad proxy is named by its variable, without its password") {
  for (const std::string value :
       {"https://user:geheim@p:1", "socks5://user:geheim@p:1", "http://user:geheim@p:99999",
        "http://user:geheim%40p:1", "user:geheim"}) {
    try {
      proxy_of("https://a.test", {{"HTTPS_PROXY", value}});
      FAIL("accepted ", value);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(error.message().starts_with("HTTPS_PROXY"));
      CHECK(render(error).find("geheim") == std::string::npos);
    }
  }
}

TEST_CASE("NO_PROXY") {
  struct Row {
    std::string list, url;
    bool excepted;
  };
  const std::vector<Row> rows{
      {"", "https://a.test", false},
      {",", "https://a.test", false},
      {".", "https://a.test", false},
      {"*", "https://a.test", true},
      {"b.test,*", "https://a.test", true},
      {"a.test", "https://a.test", true},
      {"A.TEST", "https://a.test", true},
      {"a.test.", "https://a.test", true},
      {"a.test", "https://x.a.test", true},
      {".a.test", "https://x.a.test", true},
      {".a.test", "https://a.test", true},
      {"*.a.test", "https://x.a.test", true},
      {"a.test", "https://ba.test", false},
      {"test", "https://a.test", true},
      {"a.te", "https://a.test", false},
      {"x.a.test", "https://a.test", false},
      {"b.test, a.test", "https://a.test", true},
      {"b.test a.test", "https://a.test", true},
      {"a.test:443", "https://a.test", true},
      {"a.test:8443", "https://a.test", false},
      {"a.test:8443", "https://a.test:8443", true},
      {"a.test:x", "https://a.test", false},
      {"10.1.2.3", "https://10.1.2.3", true},
      {"10.1.2.3", "https://10.1.2.30", false},
      {".2.3", "https://10.1.2.3", false},
      {"10.1.2.3:443", "https://10.1.2.3", true},
      {"10.0.0.0/8", "https://10.1.2.3", true},
      {"10.0.0.0/8", "https://11.1.2.3", false},
      {"10.1.2.0/25", "https://10.1.2.127", true},
      {"10.1.2.0/25", "https://10.1.2.128", false},
      {"0.0.0.0/0", "https://10.1.2.128", true},
      {"10.0.0.0/33", "https://10.0.0.0", false},
      {"10.0.0.0/x", "https://10.0.0.0", false},
      {"10.0.0.0/8", "https://ten.test", false},
      {"[fd00::1]", "https://[fd00::1]", true},
      {"fd00::1", "https://[fd00::1]", true},
      {"[fd00::1]:443", "https://[fd00::1]", true},
      {"[fd00::1]:1", "https://[fd00::1]", false},
      {"fd00::/8", "https://[fd12::9]", true},
      {"fd00::/8", "https://[fe12::9]", false},
      {"[", "https://a.test", false},
  };
  for (const auto& row : rows) {
    INFO(row.list, " ", row.url);
    CHECK(is_excepted(row.list, parse_url(row.url, "x")) == row.excepted);
  }
}

TEST_CASE("lower case no_proxy wins") {
  CHECK(proxy_of("https://a.test", {{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", "a.test"}}) == "none");
  CHECK(proxy_of("https://a.test",
                 {{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", "a.test"}, {"no_proxy", "b.test"}}) == "http://p:1");
}

TEST_CASE("basic authorization") {
  CHECK(net::basic_authorization(Secret("Aladdin:open sesame")).reveal() ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 2
  CHECK(net::basic_authorization(Secret("a:b")).reveal() == "Basic YTpi");
}
