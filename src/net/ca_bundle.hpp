// Trusted certificates out of one file, decoded when a chain names them.
// Not for: where that file is (ca_roots.hpp), nor for verification, which is OpenSSL's alone.
#pragma once

#include <string>

struct x509_store_st;

namespace kolega::net {

/// Lets `store` find the certificates of a file in PEM form (CERTIFICATE, X509 CERTIFICATE, TRUSTED CERTIFICATE; other
/// blocks are passed over) by their subject, as X509_LOOKUP_hash_dir() does with a directory. X509_load_cert_crl_file()
/// decodes the keys of all 140 first, which is most of the time of a short run. Throws Error(usage) when the file
/// cannot be read, holds no certificate, or one whose subject cannot be found.
void trust_bundle(x509_store_st* store, const std::string& file);

}  // namespace kolega::net
