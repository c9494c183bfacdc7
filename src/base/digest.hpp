// SHA-256 of bytes, as the lower-case hexadecimal text that records and checksum files use.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kolega {

std::string sha256_hex(std::string_view bytes);

/// The same, for bytes that arrive in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  /// Begins again: a finished digest can be used for the next bytes.
  void start();
  void update(std::string_view bytes);
  /// Ends the digest.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kolega
