// Signatures over bytes with Ed25519 or ECDSA P-256/P-384, by OpenSSL. Keys come as PEM text and are wiped after use.
// Not for: what is signed (gate/attestation.hpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace kolega {

class SigningKey {
 public:
  /// PKCS#8 or SEC1 PEM without a passphrase. Throws Error(usage) that never holds a part of the key; `what` names it there.
  explicit SigningKey(const Secret& pem, const std::string& what = "signing key");
  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  std::string sign(std::string_view bytes) const;       ///< raw signature (ECDSA: ASN.1 DER)
  std::string public_pem() const;
  std::string key_id() const;                           ///< SHA-256 of the public key's DER, hexadecimal

 private:
  friend class VerifyingKey;
  struct State;
  std::unique_ptr<State> state_;
};

class VerifyingKey {
 public:
  /// SubjectPublicKeyInfo PEM. Throws Error(usage) where `what` names it.
  explicit VerifyingKey(std::string_view pem, const std::string& what = "public key");
  ~VerifyingKey();
  VerifyingKey(VerifyingKey&&) noexcept;
  VerifyingKey(const VerifyingKey&) = delete;
  VerifyingKey& operator=(const VerifyingKey&) = delete;
  bool verify(std::string_view bytes, std::string_view signature) const;
  std::string key_id() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string base64_encode(std::string_view bytes);
/// Standard or URL-safe alphabet, padding required; throws Error(input).
std::string base64_decode(std::string_view text, const std::string& what);

}  // namespace kolega
