// The real transport: one origin, one connection kept alive, through a proxy where the environment names one.
#include "base/text.hpp"
#include "base/version.hpp"
#include "net/connection.hpp"
#include "net/http_message.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;
using SteadyClock = std::chrono::steady_clock;

/// What must not be sent twice goes out on a connection only while the server has hardly had time to close
/// it.
constexpr Duration fresh_enough{1000};

constexpr std::string_view reach_hint =
    "check the address (--api-url, KOLEGA_API_URL) and the network; behind a proxy set HTTPS_PROXY";
constexpr std::string_view proxy_hint =
    "the proxy is taken from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY; NO_PROXY lists what goes without it";

/// The same failure with what was attempted in front of it.
TransportError within(const TransportError& error, const std::string& attempt, std::string_view hint = {}) {
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

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(ClientOptions options)
      : options_(std::move(options)), proxy_(find_proxy(options_.base, options_.environment)) {
    const auto& base = options_.base;
    if (base.scheme != "https" && !base.loopback() && !options_.allow_http) {
      throw Error(ErrorKind::usage, base.origin() + " is not encrypted: the token could be read on its way",
                  "use https, or allow plain http with --allow-http");
    }
    if (options_.user_agent.empty()) {
      options_.user_agent = std::string(program_name) + "/" + std::string(version());
    }
  }

  Response send(const Request& request, const Wait& wait) override {
    const auto bytes = render_request(request, frame_for(request));
    if (wait.stop.stop_requested() || wait.deadline <= SteadyClock::now()) {
      throw within(step_ended({wait, {}}, Fault::deadline, false, {}), options_.base.origin());
    }
    auto kept = std::move(kept_);
    if (kept && kept->quiet() && (request.repeatable || SteadyClock::now() - kept_since_ < fresh_enough)) {
      bool answered = false;
      try {
        return exchange(std::move(kept), request, bytes, wait, answered);
      } catch (const TransportError&) {
        if (answered || !stale_ || !request.repeatable) throw;
      }
    }
    kept.reset();  // a server with few connections must not wait for the old one
    bool answered = false;
    return exchange(dial(wait), request, bytes, wait, answered);
  }

 private:
  bool tunnelled() const { return proxy_ && options_.base.scheme == "https"; }

  RequestFrame frame_for(const Request& request) const {
    const auto& base = options_.base;
    RequestFrame frame;
    const auto absolute = proxy_ && !tunnelled();
    frame.target = (absolute ? base.origin() : std::string()) + base.path + request.target;
    frame.host = authority_of(base, false);
    frame.headers = {
        {"User-Agent", options_.user_agent}, {"Accept", "application/json"}, {"Accept-Encoding", "gzip"}};
    if (!request.body.empty()) frame.headers.emplace_back("Content-Type", "application/json");
    if (absolute && !proxy_->user.empty()) {
      frame.headers.emplace_back("Proxy-Authorization", basic_authorization(proxy_->user).reveal());
    }
    return frame;
  }

  /// One request and its answer; the connection is kept when it can carry another. `answered`: some byte
  /// came.
  Response exchange(std::unique_ptr<Connection> connection, const Request& request, const std::string& bytes,
                    const Wait& wait, bool& answered) {
    stale_ = false;
    try {
      connection->write(bytes, step_limit(wait, options_.idle_timeout));
      const auto read = [&](char* data, std::size_t size) {
        const auto got = connection->read(data, size, step_limit(wait, options_.idle_timeout));
        answered = answered || got > 0;
        return got;
      };
      auto answer = read_answer(read, request.consumer, options_.body_limit);
      if (proxy_ && answer.response.status == 407) throw refused_by_proxy(*proxy_, 407);
      if (answer.reusable) {
        kept_ = std::move(connection);
        kept_since_ = SteadyClock::now();
      }
      return std::move(answer.response);
    } catch (const TransportError& error) {
      stale_ = connection && connection->lost();
      if (error.fault() == Fault::proxy) throw;
      throw within(error, options_.base.origin());
    }
  }

  std::unique_ptr<Connection> dial(const Wait& wait) {
    const auto limit = step_limit(wait, options_.connect_timeout);
    auto connection = std::make_unique<Connection>();
    const auto& hop = proxy_ ? *proxy_ : options_.base;
    try {
      connection->connect(resolve(hop.host, limit), hop.port, limit);
    } catch (const TransportError& error) {
      throw within(error, "cannot reach " + std::string(proxy_ ? "the proxy " : "") + hop.origin(),
                   proxy_ ? proxy_hint : reach_hint);
    }
    if (tunnelled()) open_tunnel(*connection, limit);
    if (options_.base.scheme == "https") secure(*connection, wait);
    return connection;
  }

  /// CONNECT carries the proxy's own credentials only, never the request's headers.
  void open_tunnel(Connection& connection, const StepLimit& limit) {
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
      status = read_tunnel_answer(
          [&](char* data, std::size_t size) { return connection.read(data, size, limit); });
    } catch (const TransportError& error) {
      const auto ended = error.fault() == Fault::stopped || error.fault() == Fault::deadline;
      TransportError out(ended ? error.fault() : Fault::proxy, false,
                         "the proxy " + proxy_->origin() + ": " + error.message(), std::string(proxy_hint));
      if (!error.transient()) out.never_retry();
      throw out;
    }
    if (status / 100 != 2) throw refused_by_proxy(*proxy_, status);
  }

  void secure(Connection& connection, const Wait& wait) {
    if (!tls_) tls_ = std::make_unique<TlsClient>(options_.tls, options_.environment);
    try {
      connection.start_tls(tls_->open(options_.base.host), step_limit(wait, options_.connect_timeout));
    } catch (const TransportError& error) {
      throw within(error, "cannot reach " + options_.base.origin(), reach_hint);
    }
  }

  ClientOptions options_;
  std::optional<Url> proxy_;
  std::unique_ptr<TlsClient> tls_;  ///< made at the first handshake: loading authorities takes time
  std::unique_ptr<Connection> kept_;
  sys::SteadyTime kept_since_{};
  bool stale_{};  ///< the last exchange failed because the other side had closed
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(ClientOptions options) {
  return std::make_unique<HttpTransport>(std::move(options));
}

}  // namespace kolega::net
