// Keys made for one test run; nothing that looks like a private key is checked in.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <string>

namespace kolega::test {

struct KeyPair {
  std::string private_pem{};  ///< PKCS#8
  std::string public_pem{};
};

inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

/// `passphrase`: encrypts the private key. Free the result with EVP_PKEY_free through KeyPair only.
inline KeyPair pems_of(EVP_PKEY* key, const std::string& passphrase = {}) {
  if (!key) throw std::runtime_error("no key");
  BIO* bio = BIO_new(BIO_s_mem());
  auto secret = passphrase;
  PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                secret.empty() ? nullptr : secret.data(), static_cast<int>(secret.size()),
                                nullptr, nullptr);
  KeyPair pair{text_of(bio), {}};
  BIO_free_all(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key);
  pair.public_pem = text_of(bio);
  BIO_free_all(bio);
  EVP_PKEY_free(key);
  return pair;
}

inline KeyPair ed25519_key() {
  return pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}
inline KeyPair ec_key(const char* curve) {
  return pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}

}  // namespace kolega::test
