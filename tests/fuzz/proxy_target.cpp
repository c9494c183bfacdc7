// The proxy that the environment names: variables of a pipeline are foreign text. First line: the proxy; the rest:
// NO_PROXY.
#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "net/proxy.hpp"

namespace kolega::fuzz {

namespace {

net::Url target(std::string_view host, std::uint16_t port) {
  net::Url url;
  url.scheme = "https";
  url.host = host;
  url.port = port;
  return url;
}

void choose(const net::Url& url, const std::string& proxy, const std::string& exceptions) {
  const sys::Environment environment({{"HTTPS_PROXY", proxy}, {"NO_PROXY", exceptions}});
  try {
    const auto choice = net::choose_proxy(url, environment);
    require(!choice.reason.empty(), "it is said what decided");
    if (!choice.proxy) return;
    require(!url.loopback(), "loopback is never proxied");
    require(choice.proxy->scheme == "http" && !choice.proxy->host.empty() && choice.proxy->port != 0,
            "a proxy is a host that is reached by http");
    require(!net::is_excepted(exceptions, url), "what NO_PROXY covers goes through no proxy");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::usage, "a wrong proxy is the caller's fault");
    const auto password = proxy.find("s3cret-password");
    require(password == std::string::npos || error.message().find("s3cret-password") == std::string::npos,
            "no password is printed");
  }
}

}  // namespace

void run_proxy(std::string_view bytes) {
  const auto end = bytes.find('\n');
  const std::string proxy(bytes.substr(0, end));
  const std::string exceptions(end == std::string_view::npos ? "" : bytes.substr(end + 1));
  for (const auto* host : {"api.kolega.dev", "10.1.2.3", "fd00::1", "localhost", "127.0.0.1", "::1"})
    choose(target(host, 443), proxy, exceptions);
  // A list is read entry by entry: one more that is for another host changes nothing.
  const auto url = target("api.kolega.dev", 443);
  require(net::is_excepted(exceptions, url) == net::is_excepted(exceptions + ",other.example", url),
          "an entry for another host covers nothing");
  require(net::is_excepted(exceptions + ",kolega.dev", url), "the entry that covers it is found behind others");
}

std::vector<std::string> proxy_seeds() {
  return {
      "http://user:s3cret-password@proxy:3128\nlocalhost,.example.com,10.0.0.0/8",
      "proxy.example:8080\n*.kolega.dev:443, [fd00::1]:443 fd00::/8\t127.0.0.1:80",
      "https://user:s3cret-password@proxy\n*",
      "http://[::1]:3128\n10.1.2.3/32,10.1.2.3:8443,::ffff:0:0/96,api.kolega.dev.",
      "socks5://s3cret-password@proxy\n,,  ,/,[,]:,:1",
  };
}

}  // namespace kolega::fuzz
