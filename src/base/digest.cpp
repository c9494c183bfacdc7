#include "base/digest.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/error.hpp"

namespace kolega {

struct Sha256::State {
  EVP_MD_CTX* context{EVP_MD_CTX_new()};
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

void require(bool ok) {
  if (!ok) throw Error(ErrorKind::internal, "SHA-256: OpenSSL refused the digest");
}

/// Looked up once: OpenSSL searches its providers at each use of EVP_sha256().
const EVP_MD* algorithm() {
  static EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  start();
}

void Sha256::start() {
  require(state_->context != nullptr && EVP_DigestInit_ex2(state_->context, algorithm(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish_hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  require(EVP_DigestFinal_ex(state_->context, digest.data(), &length) == 1);
  static constexpr char hex[] = "0123456789abcdef";
  std::string out(std::size_t{length} * 2, '0');
  for (std::size_t i = 0; i < length; ++i) {
    out[2 * i] = hex[digest[i] >> 4];
    out[2 * i + 1] = hex[digest[i] & 15];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  thread_local Sha256 digest;  // one context for many short texts
  digest.start();
  digest.update(bytes);
  return digest.finish_hex();
}

}  // namespace kolega
