#include "net/url.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace kolega;
using net::parse_url;

namespace {
std::string message_of(const std::string& text, bool allow_user = false) {
  try {
    parse_url(text, "KOLEGA_API_URL", allow_user);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.message();
  }
  return "accepted";
}
}  // namespace

TEST_CASE("URLs that are not ours are refused") {
  for (const std::string text : {"",
                                 "api.kolega.dev",
                                 "//api.kolega.dev",
                                 "https://",
                                 "https:///path",
                                 "ftp://host",
                                 "file:///etc/passwd",
                                 "https://host:0",
                                 "https://host:65536",
                                 "https://host:abc",
                                 "https://ho st",
                                 "https://host/a b",
                                 "https://host?x=1",
                                 "https://host/#f",
                                 "https://[::1",
                                 "https://ho%73t",
                                 "https://host\r\nX: y",
                                 "javascript:alert(1)",
                                 "https://host..",
                                 "https://a..b",
                                 "https://.host",
                                 "https://.",
                                 "http://127.0.0.1.evil.test",
                                 "http://127.0.0.1x/"}) {
    INFO(text);
    CHECK(message_of(text) != "accepted");
  }
}

TEST_CASE("user information is refused where it does not belong, and never printed") {
  CHECK(message_of("https://user:geheim@host") == "KOLEGA_API_URL: user information does not belong here");
  CHECK(message_of("https://user:geheim@ho st").find("geheim") == std::string::npos);
  CHECK(message_of("https://api.kolega.dev@evil.test/").find("does not belong") != std::string::npos);
}

TEST_CASE("the parts of a URL") {
  struct Row {
    std::string text, scheme, host;
    std::uint16_t port;
    std::string path, origin;
  };
  const std::vector<Row> rows{
      {"https://api.kolega.dev", "https", "api.kolega.dev", 443, "", "https://api.kolega.dev"},
      {" https://api.kolega.dev/\n", "https", "api.kolega.dev", 443, "", "https://api.kolega.dev"},
      {"HTTPS://API.Kolega.DEV:443/", "https", "api.kolega.dev", 443, "", "https://api.kolega.dev"},
      {"https://api.kolega.dev./", "https", "api.kolega.dev", 443, "", "https://api.kolega.dev"},
      {"http://127.0.0.1:8080/api/v1//", "http", "127.0.0.1", 8080, "/api/v1", "http://127.0.0.1:8080"},
      {"http://[::1]:99", "http", "::1", 99, "", "http://[::1]:99"},
      {"http://host:443", "http", "host", 443, "", "http://host:443"},
      {"https://host:80", "https", "host", 80, "", "https://host:80"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto url = parse_url(row.text, "x");
    CHECK(url.scheme == row.scheme);
    CHECK(url.host == row.host);
    CHECK(url.port == row.port);
    CHECK(url.path == row.path);
    CHECK(url.origin() == row.origin);
  }
}

TEST_CASE("a proxy's user is decoded and stays out of the origin") {
  const auto url = parse_url("http://us%40er:p%3Ass@proxy:3128", "HTTPS_PROXY", true);
  CHECK(url.user.reveal() == "us@er:p:ss");
  CHECK(url.origin() == "http://proxy:3128");
}

TEST_CASE("loopback") {
  for (const std::string text : {"http://127.0.0.1", "http://127.8.9.10", "http://[::1]",
                                 "http://localhost:1", "http://a.localhost"}) {
    INFO(text);
    CHECK(parse_url(text, "x").loopback());
  }
  for (const std::string text : {"http://128.0.0.1", "http://localhost.evil.test", "http://[::2]",
                                 "http://0.0.0.0", "http://notlocalhost"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text, "x").loopback());
  }
}

TEST_CASE("path segments cannot leave their place") {
  for (const std::string text : {"", ".", ".."}) CHECK_THROWS_AS(net::path_segment(text, "batch id"), Error);
  CHECK(net::path_segment("../x", "batch id") == "..%2Fx");
  CHECK(net::path_segment("a?b#c d\r\n%", "batch id") == "a%3Fb%23c%20d%0D%0A%25");
  CHECK(net::path_segment("6f1c-AZ_~.9", "batch id") == "6f1c-AZ_~.9");
  CHECK(net::path_segment("ü", "batch id") == "%C3%BC");
}

TEST_CASE("queries") {
  CHECK(net::query({}).empty());
  CHECK(net::query({{"a", ""}}).empty());
  CHECK(net::query({{"limit", "200"}, {"x", ""}, {"q", "a&b=c d+"}}) == "?limit=200&q=a%26b%3Dc%20d%2B");
}
