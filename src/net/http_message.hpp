// HTTP/1.1 messages: a request to bytes, bytes to an answer, with every limit that a hostile server calls
// for. Not for: sockets; the bytes come from a function.
#pragma once

#include <functional>
#include <string>

#include "net/transport.hpp"

namespace kolega::net {

/// What the transport adds to a request.
struct RequestFrame {
  std::string target{};  ///< path and query, or the whole URL for a proxy
  std::string host{};    ///< of the Host header
  Headers headers{};     ///< left out where the request has one of the same name
};

/// Throws Error(usage) when a header or the target holds control characters (a token with a line break in
/// it).
std::string render_request(const Request& request, const RequestFrame& frame);

/// Fills the buffer with at least one byte; 0 at the end.
using ReadBytes = std::function<std::size_t(char* data, std::size_t size)>;

struct Answer {
  Response response{};
  bool reusable{};  ///< the connection may carry another request
};

/// One final answer; interim ones are skipped. A 2xx body goes to `consumer` when there is one. Bodies that
/// arrive packed by gzip are unpacked; `body_limit` counts unpacked bytes. Throws TransportError(receive)
/// when it is cut short, (protocol) when it is malformed, (too_large).
Answer read_answer(const ReadBytes& read, BodyConsumer* consumer, std::uint64_t body_limit);

/// The status of a proxy's answer to CONNECT; after a 2xx no byte may follow. Throws as read_answer.
int read_tunnel_answer(const ReadBytes& read);

}  // namespace kolega::net
