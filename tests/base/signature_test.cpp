#include "base/signature.hpp"

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "support/keys.hpp"

using namespace kolega;
using namespace std::string_literals;
using test::ec_key;
using test::ed25519_key;

namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

std::string pem(const std::string& label, const std::string& der) {
  return "-----BEGIN " + label + "-----\n" + base64_encode(der) + "\n-----END " + label + "-----\n";
}

Error refused_key(const std::string& text) {
  try {
    SigningKey{Secret(text)};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error;
  }
  return Error(ErrorKind::internal, "accepted");
}

std::string refused_public(const std::string& text) {
  try {
    VerifyingKey{text};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "accepted";
}

std::string refused_base64(std::string_view text) {
  try {
    base64_decode(text, "sig");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

// RFC 8032, section 7.1, test 2.
const std::string ed_seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string ed_public = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string ed_signature = from_hex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
const std::string ed_private_der = from_hex("302e020100300506032b657004220420") + ed_seed;
const std::string ed_public_der = from_hex("302a300506032b6570032100") + ed_public;

}  // namespace

TEST_CASE("a key that cannot be used is refused, and no part of it is in the message") {
  const auto good = ed25519_key().private_pem;
  const auto body = good.substr(28, 20);
  for (const auto& text : {""s, "-----BEGIN PRIVATE KEY-----\n"s, good.substr(0, good.size() - 20), "hello"s,
                           ed25519_key().public_pem, good.substr(0, 40) + "AAAA" + good.substr(44)}) {
    const auto error = refused_key(text);
    CHECK(std::string(error.what()).find("signing key: ") == 0);
    CHECK(render(error).find(body) == std::string::npos);
  }
  CHECK(std::string(refused_key(std::string(65 * 1024, 'x')).what()).find("64 KiB") != std::string::npos);
  for (const auto& other :
       {test::pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})), ec_key("secp521r1"),
        ec_key("secp256k1"), test::pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"))}) {
    CHECK(std::string(refused_key(other.private_pem).what()).find("only Ed25519 and ECDSA") !=
          std::string::npos);
    CHECK(refused_public(other.public_pem).find("only Ed25519 and ECDSA") != std::string::npos);
  }
}

TEST_CASE("a key behind a passphrase is refused without asking for it") {
  const auto locked = test::pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "hunter2");
  REQUIRE(locked.private_pem.find("ENCRYPTED") != std::string::npos);
  CHECK(std::string(refused_key(locked.private_pem).what()).find("passphrase") != std::string::npos);
}

TEST_CASE("a public key is a public key") {
  const auto pair = ec_key("P-256");
  CHECK(refused_public(pair.private_pem).find("no PEM of a public key") != std::string::npos);
  CHECK(refused_public("").find("no PEM of a public key") != std::string::npos);
  CHECK(refused_public("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") != "accepted");
}

TEST_CASE("Ed25519 signs as RFC 8032 says") {
  const SigningKey key{Secret(pem("PRIVATE KEY", ed_private_der))};
  CHECK(key.sign("\x72") == ed_signature);
  CHECK(key.public_pem() == pem("PUBLIC KEY", ed_public_der));
  CHECK(key.key_id() == sha256_hex(ed_public_der));
  const VerifyingKey verifier(key.public_pem());
  CHECK(verifier.key_id() == key.key_id());
  CHECK(verifier.verify("\x72", ed_signature));
  CHECK_FALSE(verifier.verify("\x73", ed_signature));
  CHECK_FALSE(verifier.verify("\x72", ed_signature.substr(1)));
  CHECK_FALSE(verifier.verify("\x72", ""));
}

TEST_CASE("ECDSA over P-256 verifies the vector of RFC 6979, A.2.5") {
  const VerifyingKey key(
      pem("PUBLIC KEY", from_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                                 "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
                                 "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")));
  const auto signature = from_hex(
      "3046022100EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
      "022100F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
  CHECK(key.verify("sample", signature));
  CHECK_FALSE(key.verify("Sample", signature));
  CHECK_FALSE(key.verify("sample", signature.substr(0, 40)));
  CHECK_FALSE(key.verify("sample", "garbage"));
}

TEST_CASE("every kind of key verifies its own signatures and no other's") {
  for (const auto& pair : {ed25519_key(), ec_key("P-256"), ec_key("P-384")}) {
    const SigningKey key{Secret(pair.private_pem)};
    const VerifyingKey verifier(pair.public_pem);
    CHECK(key.public_pem() == pair.public_pem);
    CHECK(key.key_id() == verifier.key_id());
    const auto bytes = "a\0b\xFF"s;
    auto signature = key.sign(bytes);
    CHECK(verifier.verify(bytes, signature));
    CHECK_FALSE(verifier.verify(bytes + "x", signature));
    CHECK_FALSE(VerifyingKey(ed25519_key().public_pem).verify(bytes, signature));
    CHECK_FALSE(VerifyingKey(ec_key("P-256").public_pem).verify(bytes, signature));
    signature.back() = static_cast<char>(signature.back() ^ 1);
    CHECK_FALSE(verifier.verify(bytes, signature));
  }
}

TEST_CASE("a key has one id, whichever form its point is written in") {
  auto* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
  const auto pair = test::pems_of(key);
  REQUIRE(pair.public_pem.size() < ec_key("P-256").public_pem.size());
  CHECK(VerifyingKey(pair.public_pem).key_id() == SigningKey(Secret(pair.private_pem)).key_id());
}

TEST_CASE("base64: one text for one value") {
  CHECK(refused_base64("A") == "sig: not base64: its length is no multiple of four (padding is required)");
  CHECK(refused_base64("Zg") != "accepted");
  CHECK(refused_base64("Zm9v YmFy") != "accepted");
  CHECK(refused_base64("Zm9v\nYmF").find("alphabet") != std::string::npos);
  CHECK(refused_base64("Z===").find("alphabet") != std::string::npos);
  CHECK(refused_base64("====").find("alphabet") != std::string::npos);
  CHECK(refused_base64("Zg==Zg==").find("alphabet") != std::string::npos);
  CHECK(refused_base64("Zh==").find("behind the last byte") != std::string::npos);
  CHECK(refused_base64("Zm9=").find("behind the last byte") != std::string::npos);
  CHECK(refused_base64("+_==").find("two alphabets") != std::string::npos);
  // RFC 4648, section 10.
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text, "x") == bytes);
  }
  CHECK(base64_encode("\xFB\xFF\xFE") == "+//+");
  CHECK(base64_decode("-__-", "x") == "\xFB\xFF\xFE");
}
