// A small HTTP/1.1 server on loopback for the sandbox and for tests: it owns sockets and threads, the handler only
// turns a request into an answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/transport.hpp"

namespace kolega::net {

struct ServerRequest {
  std::string method{};
  std::string target{};                    ///< path and query, as sent
  Headers headers{};
  std::string body{};
  std::optional<std::string_view> header(std::string_view name) const;
};

struct ServerResponse {
  int status{200};
  Headers headers{};
  std::string body{};
  /// Faults on purpose, for tests of clients.
  Duration delay{};
  bool drop{};                             ///< close without an answer
  std::optional<std::size_t> cut_after{};  ///< close after this many bytes of the body
};

using Handler = std::function<ServerResponse(const ServerRequest&)>;

/// Serves until destroyed. Handlers may be called from several threads at once.
class Server {
 public:
  /// Port 0 takes a free one. Always 127.0.0.1. Throws Error(usage) when the port is taken.
  Server(Handler handler, std::uint16_t port);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::uint16_t port() const;
  std::string url() const;                 ///< "http://127.0.0.1:PORT"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::net
