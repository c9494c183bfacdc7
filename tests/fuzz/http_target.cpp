// An HTTP answer from a hostile server, in pieces of any size, plain or packed.
#include <algorithm>
#include <cstring>

#include "fuzz/target.hpp"
#include "net/http_message.hpp"

namespace kolega::fuzz {

namespace {

constexpr std::uint64_t body_limit = 1 << 20;

/// The answer's status and body length, or the error's words.
std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  std::size_t at = 0;
  const net::ReadBytes read = [&](char* data, std::size_t size) {
    const auto length = std::min({size, piece, bytes.size() - at});
    std::memcpy(data, bytes.data() + at, length);
    at += length;
    return length;
  };
  try {
    const auto answer = net::read_answer(read, nullptr, body_limit);
    const auto& response = answer.response;
    require(response.status >= 200 && response.status <= 999, "a final answer has a final status");
    require(response.body.size() <= body_limit, "no body is larger than the limit");
    return std::to_string(response.status) + " " + response.body;
  } catch (const net::TransportError& error) {
    return "error";
  }
}

}  // namespace

void run_http(std::string_view bytes) {
  // What follows an answer is seen or not, as the pieces fall; the answer is the same.
  const auto whole = read_in_pieces(bytes, bytes.size() + 1);
  const auto pieces = read_in_pieces(bytes, 3);
  require(whole == pieces || whole == "error" || pieces == "error",
          "an answer does not depend on its pieces");
  std::size_t at = 0;
  try {
    net::read_tunnel_answer([&](char* data, std::size_t size) {
      const auto length = std::min(size, bytes.size() - at);
      std::memcpy(data, bytes.data() + at, length);
      at += length;
      return length;
    });
  } catch (const net::TransportError&) {
  }
}

std::vector<std::string> http_seeds() {
  // {"a":1} packed by gzip.
  static constexpr char packed[] =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabVJT\xb2\x32\xac\x05\x00\x2b\x7b\x5e\xe2\x07\x00\x00\x00";
  const std::string gzip(packed, sizeof packed - 1);
  return {
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.0 503 Service Unavailable\r\nRetry-After: 3\r\nConnection: close\r\n\r\nbusy",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(gzip.size()) +
          "\r\n\r\n" + gzip,
  };
}

}  // namespace kolega::fuzz
