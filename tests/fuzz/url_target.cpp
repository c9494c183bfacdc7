// The API's URL and proxies' URLs, and ids that become path segments.
#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "net/url.hpp"

namespace kolega::fuzz {

void run_url(std::string_view bytes) {
  for (const bool allow_user : {false, true}) {
    try {
      const auto url = net::parse_url(bytes, "--api-url", allow_user);
      require(url.scheme == "http" || url.scheme == "https", "http or https only");
      require(!url.host.empty() && url.port != 0, "a host and a port");
      require(allow_user || url.user.empty(), "user information only where it is allowed");
      const auto again = net::parse_url(url.origin(), "origin");
      require(again.origin() == url.origin() && again.loopback() == url.loopback(),
              "an origin is its own origin");
    } catch (const Error& error) {
      require(error.kind() == ErrorKind::usage, "a wrong URL is the caller's fault");
    }
  }
  try {
    const auto segment = net::path_segment(bytes, "id");
    require(segment.find_first_of("/?#\r\n \\") == std::string::npos && segment != "." && segment != "..",
            "a path segment stays one");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::usage, "a wrong id is the caller's fault");
  }
}

std::vector<std::string> url_seeds() {
  return {"https://api.kolega.dev",   "http://127.0.0.1:8080/base/",
          "https://[::1]:443/a%20b",  "http://user:p%40ss@proxy:3128",
          "HTTPS://Example.COM:8443", "https://xn--bcher-kva.example/x?y#z"};
}

}  // namespace kolega::fuzz
