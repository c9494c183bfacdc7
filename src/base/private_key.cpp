#include "base/private_key.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace kolega {

namespace {

/// OpenSSL's own would ask on the terminal.
int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

void FreePrivateKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

/// Not by PEM_read_bio_PrivateKey, which frees the lines of the key without wiping them.
PrivateKey read_private_key(std::string_view pem, ossl_lib_ctx_st* context, bool& encrypted) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  unsigned char* bytes = nullptr;
  long length = 0;
  char* label = nullptr;
  encrypted = false;
  if (!bio || PEM_bytes_read_bio_secmem(&bytes, &length, &label, PEM_STRING_EVP_PKEY, bio.get(),
                                        refuse_passphrase, &encrypted) != 1) {
    return nullptr;
  }
  encrypted = encrypted || std::string_view(label) == PEM_STRING_PKCS8;
  const unsigned char* at = bytes;
  PrivateKey key(encrypted ? nullptr : d2i_AutoPrivateKey_ex(nullptr, &at, length, context, nullptr));
  OPENSSL_secure_clear_free(bytes, static_cast<std::size_t>(length));
  OPENSSL_secure_free(label);
  return key;
}

}  // namespace kolega
