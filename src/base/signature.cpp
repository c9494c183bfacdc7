// Keys live in an OpenSSL library context of their own: no openssl.cnf, which could name other providers and
// engines, is read for it.
#include "base/signature.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/private_key.hpp"

namespace kolega {

namespace {

constexpr std::size_t longest_pem = 64 * 1024;
constexpr auto make_key_hint =
    "make one with: openssl genpkey -algorithm ed25519 -out key.pem; "
    "openssl pkey -in key.pem -pubout -out key.pub";

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using LibraryContext = std::unique_ptr<OSSL_LIB_CTX, Release<&OSSL_LIB_CTX_free>>;
using Bio = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<&EVP_MD_CTX_free>>;

/// What OpenSSL says of a failure may quote its input, so it is thrown away.
struct ErrorQueue {
  ErrorQueue() { ERR_clear_error(); }
  ~ErrorQueue() { ERR_clear_error(); }
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
};

[[noreturn]] void fail(std::string message, std::string hint = {}) {
  throw Error(ErrorKind::usage, std::move(message), std::move(hint));
}

void require(bool ok, const char* what) {
  if (!ok) throw Error(ErrorKind::internal, std::string("signature: OpenSSL refused to ") + what);
}

LibraryContext make_context() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  LibraryContext context(OSSL_LIB_CTX_new());
  require(context != nullptr, "make a context");
  return context;
}

Bio reader_of(std::string_view pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "read from memory");
  return bio;
}

/// Called when a key is encrypted; OpenSSL's own would ask on the terminal.
int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

void require_size(std::string_view pem, const std::string& what) {
  if (pem.size() > longest_pem) fail(what + ": longer than 64 KiB");
}

struct Algorithm {
  const char* digest{};  ///< nothing for Ed25519, which signs the bytes themselves
};

Algorithm algorithm_of(EVP_PKEY* key, const std::string& what) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return {nullptr};
  int explicit_parameters = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_parameters);
  std::array<char, 64> group{};
  std::size_t length = 0;
  const bool curve = EVP_PKEY_is_a(key, "EC") == 1 && explicit_parameters == 0 &&
                     EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1;
  if (curve && std::string_view(group.data()) == "prime256v1") return {"SHA256"};
  if (curve && std::string_view(group.data()) == "secp384r1") return {"SHA384"};
  fail(what + ": only Ed25519 and ECDSA over P-256 or P-384 are supported", make_key_hint);
}

/// SubjectPublicKeyInfo; an EC point always in its uncompressed form, so that a key has one id.
std::string public_der(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    require(
        EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") == 1,
        "write a point");
  }
  unsigned char* bytes = nullptr;
  const int length = i2d_PUBKEY(key, &bytes);
  require(length > 0, "write the public key");
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return out;
}

}  // namespace

struct SigningKey::State {
  LibraryContext context{make_context()};
  Key key{};
  Algorithm algorithm{};
};

struct VerifyingKey::State {
  LibraryContext context{make_context()};
  Key key{};
  Algorithm algorithm{};
};

SigningKey::SigningKey(const Secret& pem, const std::string& what) : state_(std::make_unique<State>()) {
  const ErrorQueue queue;
  require_size(pem.reveal(), what);
  bool asked = false;
  state_->key.reset(read_private_key(pem.reveal(), state_->context.get(), asked).release());
  if (asked) {
    fail(what + ": it is protected by a passphrase, and nobody is there to type it",
         "store it without one, as a secret of the CI: openssl pkey -in key.pem -out plain.pem");
  }
  if (!state_->key) fail(what + ": no PEM of a private key (PKCS#8 or SEC1)", make_key_hint);
  state_->algorithm = algorithm_of(state_->key.get(), what);
}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;

std::string SigningKey::sign(std::string_view bytes) const {
  const ErrorQueue queue;
  const DigestContext context(EVP_MD_CTX_new());
  require(context != nullptr, "make a context");
  require(EVP_DigestSignInit_ex(context.get(), nullptr, state_->algorithm.digest, state_->context.get(),
                                nullptr, state_->key.get(), nullptr) == 1,
          "begin a signature");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t length = 0;
  require(EVP_DigestSign(context.get(), nullptr, &length, data, bytes.size()) == 1, "measure a signature");
  std::string out(length, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, data,
                         bytes.size()) == 1,
          "sign");
  out.resize(length);
  return out;
}

std::string SigningKey::public_pem() const {
  const auto body = base64_encode(public_der(state_->key.get()));
  std::string out = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t i = 0; i < body.size(); i += 64) out += body.substr(i, 64) + "\n";
  return out + "-----END PUBLIC KEY-----\n";
}

std::string SigningKey::key_id() const {
  return sha256_hex(public_der(state_->key.get()));
}

VerifyingKey::VerifyingKey(std::string_view pem, const std::string& what) : state_(std::make_unique<State>()) {
  const ErrorQueue queue;
  require_size(pem, what);
  bool asked = false;
  const auto bio = reader_of(pem);
  state_->key.reset(
      PEM_read_bio_PUBKEY_ex(bio.get(), nullptr, refuse_passphrase, &asked, state_->context.get(), nullptr));
  if (!state_->key) {
    fail(what + ": no PEM of a public key ('BEGIN PUBLIC KEY')",
         "get it from the signing key: openssl pkey -in key.pem -pubout -out key.pub");
  }
  state_->algorithm = algorithm_of(state_->key.get(), what);
}
VerifyingKey::~VerifyingKey() = default;
VerifyingKey::VerifyingKey(VerifyingKey&&) noexcept = default;

bool VerifyingKey::verify(std::string_view bytes, std::string_view signature) const {
  const ErrorQueue queue;
  const DigestContext context(EVP_MD_CTX_new());
  require(context != nullptr, "make a context");
  require(EVP_DigestVerifyInit_ex(context.get(), nullptr, state_->algorithm.digest, state_->context.get(),
                                  nullptr, state_->key.get(), nullptr) == 1,
          "begin a verification");
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                          bytes.size()) == 1;
}

std::string VerifyingKey::key_id() const {
  return sha256_hex(public_der(state_->key.get()));
}

}  // namespace kolega
