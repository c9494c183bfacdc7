// The TLS side of the client without its sockets: what is trusted, how a server must prove itself, and what
// went wrong in words that people understand.
#pragma once

#include <memory>
#include <string>

#include "net/transport.hpp"

struct ssl_st;

namespace kolega::net {

/// One per origin: it remembers the last session to resume, and a resumed session skips the check of the
/// name.
class TlsClient {
 public:
  /// Loads authorities, certificate and key. Throws Error(usage).
  TlsClient(const TlsOptions& options, const sys::Environment& environment);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// A fresh connection to `host` (name or address), to be freed by the taker. Its handshake fails unless the
  /// certificate is for that host and from a trusted authority.
  ssl_st* open(const std::string& host);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Version, issuer and end of the server's certificate, in words. The names are the server's own text, made
/// printable.
std::string describe_session(const ssl_st* connection);

struct TlsFailure {
  std::string why{};
  std::string hint{};
  bool transient{true};
};
/// What OpenSSL's error `code` on this connection means.
TlsFailure describe_tls_failure(const ssl_st* connection, unsigned long code);

}  // namespace kolega::net
