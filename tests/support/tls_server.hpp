// The server's side of TLS on a connection of RawServer, with the wishes of a test.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <csignal>

#include "support/certificates.hpp"
#include "support/raw_server.hpp"

namespace kolega::test {

class TlsContext {
 public:
  explicit TlsContext(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_use_certificate(get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(get(), identity.key.get());
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a closed socket without MSG_NOSIGNAL
    static constexpr unsigned char id[] = "test";
    SSL_CTX_set_session_id_context(get(), id, sizeof id);
  }
  SSL_CTX* get() const { return context_.get(); }

 private:
  std::shared_ptr<SSL_CTX> context_;
};

/// Blocking TLS on an accepted connection.
class TlsPeer {
 public:
  TlsPeer(Peer& peer, const TlsContext& context) : ssl_(SSL_new(context.get()), SSL_free) {
    SSL_set_fd(ssl_.get(), peer.descriptor());
    accepted_ = SSL_accept(ssl_.get()) == 1;
    ERR_clear_error();
  }
  bool accepted() const { return accepted_; }
  std::string read_request() {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const auto got = SSL_read(ssl_.get(), buffer, sizeof buffer);
      ERR_clear_error();
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }
  void say(const std::string& bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  /// Says in order that nothing more follows.
  void close_in_order() { SSL_shutdown(ssl_.get()); }
  SSL* get() const { return ssl_.get(); }

 private:
  std::shared_ptr<SSL> ssl_;
  bool accepted_{};
};

}  // namespace kolega::test
