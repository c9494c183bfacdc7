// One connection: TCP, and TLS on top when asked for. Blocks, but never longer than the limit of each step.
// Not for: HTTP (http_message.hpp), choosing where to connect to (http_client.cpp).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/step_limit.hpp"

struct ssl_st;

namespace kolega::net {

class Connection {
 public:
  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Tries the addresses in turn, each for its share of the time left; returns the one that answered. Throws
  /// TransportError(connect).
  std::string connect(const std::vector<std::string>& addresses, std::uint16_t port, const StepLimit& limit);
  /// Takes over `tls` (TlsClient::open) and shakes hands. Throws TransportError(tls).
  void start_tls(ssl_st* tls, const StepLimit& limit);
  /// "TLSv1.3, certificate issued by R11 (Let's Encrypt), good until 2027-01-01"; empty without TLS.
  std::string describe_tls() const;
  /// Throws TransportError(send).
  void write(std::string_view bytes, const StepLimit& limit);
  /// Some bytes, at least one; 0 when the other side ended in order (with TLS: said so, so nothing was cut
  /// off). Throws TransportError(receive).
  std::size_t read(char* data, std::size_t size, const StepLimit& limit);
  /// Open, and nothing has come unasked: fit for another request.
  bool quiet() const;
  /// The other side closed or reset it, as opposed to a limit of ours that ended.
  bool lost() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::net
