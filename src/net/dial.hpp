// The way to an origin: straight or through a proxy, with TLS on top for https. Each step can be watched.
// Not for: HTTP over it (http_client.cpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/connection.hpp"
#include "net/tls.hpp"
#include "net/transport.hpp"

namespace kolega::net {

enum class DialStep { names, connection, tunnel, tls };

/// Told of each step that succeeded, in words: "TLSv1.3, issued by R11, until 2027-01-01".
using WatchDial = std::function<void(DialStep step, const std::string& detail)>;

class Dialer {
 public:
  /// `options` must outlive it. Throws Error(usage) for a proxy that cannot be used.
  explicit Dialer(const ClientOptions& options);

  const std::optional<Url>& proxy() const noexcept { return proxy_; }
  bool tunnelled() const { return proxy_ && options_.base.scheme == "https"; }
  /// Throws TransportError; Error(usage) when the trusted certificates cannot be loaded.
  std::unique_ptr<Connection> dial(const Wait& wait, const WatchDial& watch = {});

 private:
  void open_tunnel(Connection& connection, const StepLimit& limit) const;
  void secure(Connection& connection, const Wait& wait);

  const ClientOptions& options_;
  std::optional<Url> proxy_;
  std::unique_ptr<TlsClient> tls_;  ///< made at the first handshake: loading authorities takes time
};

/// "host:port", the port left out where it is the scheme's own unless `always_port`.
std::string authority_of(const Url& url, bool always_port);
TransportError refused_by_proxy(const Url& proxy, int status);
/// The same failure with what was attempted in front of it.
TransportError within(const TransportError& error, const std::string& attempt, std::string_view hint = {});

}  // namespace kolega::net
