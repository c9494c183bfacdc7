// Unpacks a gzip body while it arrives.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace kolega::net {

class Inflater {
 public:
  /// Gets each unpacked piece; what it throws ends the unpacking.
  using Sink = std::function<void(std::string_view)>;
  explicit Inflater(Sink sink);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Throws TransportError(protocol) when the bytes are no gzip or go on after its end.
  void feed(std::string_view packed);
  /// The body has ended. Throws TransportError(protocol) when the gzip has not; no bytes at all are an empty
  /// body.
  void finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega::net
