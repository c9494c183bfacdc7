#include "base/digest.hpp"

// The plain functions, deprecated since OpenSSL 3.0 in favour of EVP_Digest*: those load openssl.cnf and search
// the providers first, which takes longer than all digests of a small run, and a configuration file of the machine
// has no say in what a digest is.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>

#include "base/error.hpp"

namespace kolega {

struct Sha256::State {
  SHA256_CTX context{};
};

namespace {

void require(bool ok) {
  if (!ok) throw Error(ErrorKind::internal, "SHA-256: OpenSSL refused the digest");
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  start();
}

void Sha256::start() {
  require(SHA256_Init(&state_->context) == 1);
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  require(SHA256_Update(&state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish_hex() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  require(SHA256_Final(digest.data(), &state_->context) == 1);
  static constexpr char hex[] = "0123456789abcdef";
  std::string out(digest.size() * 2, '0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
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
