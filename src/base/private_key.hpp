// A private key in PEM to one that OpenSSL uses, without a copy of it left behind. Not for: what it is used for.
#pragma once

#include <memory>
#include <string_view>

struct evp_pkey_st;
struct ossl_lib_ctx_st;

namespace kolega {

struct FreePrivateKey {
  void operator()(evp_pkey_st* key) const;
};
using PrivateKey = std::unique_ptr<evp_pkey_st, FreePrivateKey>;

/// The first key of the text (PKCS#8, SEC1 or PKCS#1); nothing when there is none that can be read. `encrypted` is set
/// when it is protected by a passphrase: nobody is asked for it.
PrivateKey read_private_key(std::string_view pem, ossl_lib_ctx_st* context, bool& encrypted);

}  // namespace kolega
