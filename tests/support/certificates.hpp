// Certificates made at test time: authorities and what they sign.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace kolega::test {

using KeyPtr = std::shared_ptr<EVP_PKEY>;
using CertificatePtr = std::shared_ptr<X509>;

struct Identity {
  KeyPtr key{};
  CertificatePtr certificate{};
};

struct CertificateOptions {
  std::string common_name{"test"};
  std::string names{};  ///< subjectAltName, "DNS:a.test,IP:127.0.0.1"
  bool authority{};
  long starts{-3600};  ///< seconds from now
  long ends{3600};
};

namespace detail {

inline void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (!extension) throw std::runtime_error("bad extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace detail

/// Signed by `issuer`, or by itself when there is none.
inline Identity make_identity(const CertificateOptions& options, const Identity* issuer = nullptr) {
  Identity out{KeyPtr(EVP_EC_gen("P-256"), EVP_PKEY_free), CertificatePtr(X509_new(), X509_free)};
  auto* certificate = out.certificate.get();
  static long serial = 1;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.starts);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.ends);
  auto* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1, -1, 0);
  auto* parent = issuer ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(parent));
  X509_set_pubkey(certificate, out.key.get());
  detail::add_extension(certificate, parent, NID_basic_constraints,
                        options.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!options.names.empty()) detail::add_extension(certificate, parent, NID_subject_alt_name, options.names);
  if (!X509_sign(certificate, (issuer ? issuer->key : out.key).get(), EVP_sha256())) {
    throw std::runtime_error("cannot sign");
  }
  return out;
}

inline std::string bio_text(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

inline std::string pem_of(const CertificatePtr& certificate) {
  auto* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate.get());
  return bio_text(bio);
}

inline std::string pem_of(const KeyPtr& key) {
  auto* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return bio_text(bio);
}

/// What OpenSSL calls the certificate in a hashed directory: "5ad8a5d6.0".
inline std::string hash_name(const CertificatePtr& certificate) {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(certificate.get()));
  return name;
}

}  // namespace kolega::test
