#include "net/dial.hpp"

#include "base/text.hpp"
#include "base/version.hpp"
#include "net/http_message.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;

constexpr std::string_view reach_hint =
    "check the address (--api-url, KOLEGA_API_URL) and the network; behind a proxy set HTTPS_PROXY";
constexpr std::string_view proxy_hint =
    "the proxy is taken from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY; NO_PROXY lists what goes without it";

std::string describe_addresses(const std::string& host, const std::vector<std::string>& addresses) {
  if (addresses.size() == 1 && addresses.front() == host) return host + " is an address";
  auto out = host + " is " + addresses.front();
  if (addresses.size() > 1) out += " (and " + plural(addresses.size() - 1, "more address") + ")";
  return out;
}

}  // namespace

TransportError within(const TransportError& error, const std::string& attempt, std::string_view hint) {
  const auto& own = error.hint();
  TransportError out(error.fault(), error.maybe_sent(), attempt + ": " + error.message(),
                     own.empty() ? std::string(hint) : own);
  if (!error.transient()) out.never_retry();
  return out;
}

std::string authority_of(const Url& url, bool always_port) {
  const auto origin = url.origin();
  auto authority = origin.substr(origin.find("//") + 2);
  const auto has_port =
      authority.size() > url.host.size() + (url.host.find(':') != std::string::npos ? 2 : 0);
  if (always_port && !has_port) authority += ":" + std::to_string(url.port);
  return authority;
}

TransportError refused_by_proxy(const Url& proxy, int status) {
  const auto wants_login = status == 401 || status == 407;  // tinyproxy says 401 to a wrong password
  TransportError error(
      Fault::proxy, false,
      "the proxy " + proxy.origin() + " refused the connection with status " + std::to_string(status),
      wants_login ? "it asks for user and password: http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY"
                  : std::string(proxy_hint));
  // A gateway's trouble passes; a refusal stays.
  if (status < 500) error.never_retry();
  return error;
}

Dialer::Dialer(const ClientOptions& options)
    : options_(options), proxy_(find_proxy(options_.base, options_.environment)) {}

std::unique_ptr<Connection> Dialer::dial(const Wait& wait, const WatchDial& watch) {
  const auto limit = step_limit(wait, options_.connect_timeout);
  auto connection = std::make_unique<Connection>();
  const auto& hop = proxy_ ? *proxy_ : options_.base;
  try {
    const auto addresses = resolve(hop.host, limit);
    if (watch) watch(DialStep::names, describe_addresses(hop.host, addresses));
    const auto address = connection->connect(addresses, hop.port, limit);
    if (watch) watch(DialStep::connection, address + " port " + std::to_string(hop.port));
  } catch (const TransportError& error) {
    throw within(error, "cannot reach " + std::string(proxy_ ? "the proxy " : "") + hop.origin(),
                 proxy_ ? proxy_hint : reach_hint);
  }
  if (tunnelled()) {
    open_tunnel(*connection, limit);
    if (watch) watch(DialStep::tunnel, "the proxy let us through to " + authority_of(options_.base, true));
  }
  if (options_.base.scheme == "https") {
    secure(*connection, wait);
    if (watch) watch(DialStep::tls, connection->describe_tls());
  }
  return connection;
}

/// CONNECT carries the proxy's own credentials only, never the request's headers.
void Dialer::open_tunnel(Connection& connection, const StepLimit& limit) const {
  Request connect;
  connect.method = "CONNECT";
  RequestFrame frame;
  frame.target = frame.host = authority_of(options_.base, true);
  frame.headers = {{"User-Agent", options_.user_agent}};
  if (!proxy_->user.empty()) {
    frame.headers.emplace_back("Proxy-Authorization", basic_authorization(proxy_->user).reveal());
  }
  int status = 0;
  try {
    connection.write(render_request(connect, frame), limit);
    status =
        read_tunnel_answer([&](char* data, std::size_t size) { return connection.read(data, size, limit); });
  } catch (const TransportError& error) {
    const auto ended = error.fault() == Fault::stopped || error.fault() == Fault::deadline;
    TransportError out(ended ? error.fault() : Fault::proxy, false,
                       "the proxy " + proxy_->origin() + ": " + error.message(), std::string(proxy_hint));
    if (!error.transient()) out.never_retry();
    throw out;
  }
  if (status / 100 != 2) throw refused_by_proxy(*proxy_, status);
}

void Dialer::secure(Connection& connection, const Wait& wait) {
  if (!tls_) tls_ = std::make_unique<TlsClient>(options_.tls, options_.environment);
  try {
    connection.start_tls(tls_->open(options_.base.host), step_limit(wait, options_.connect_timeout));
  } catch (const TransportError& error) {
    throw within(error, "cannot reach " + options_.base.origin(), reach_hint);
  }
}

}  // namespace kolega::net
