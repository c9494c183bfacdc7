#include "net/ca_bundle.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "sys/files.hpp"

namespace kolega::net {

namespace {

/// The largest known bundle has a quarter of a megabyte.
constexpr std::uint64_t largest_bundle = 64 * 1024 * 1024;

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
void free_bytes(void* bytes) {
  OPENSSL_free(bytes);
}
using Bytes = std::unique_ptr<unsigned char, Release<&free_bytes>>;
using Label = std::unique_ptr<char, Release<&free_bytes>>;
using NamePtr = std::unique_ptr<X509_NAME, Release<&X509_NAME_free>>;
using CertificatePtr = std::unique_ptr<X509, Release<&X509_free>>;
using BioPtr = std::unique_ptr<BIO, Release<&BIO_free_all>>;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  ERR_clear_error();
  throw Error(ErrorKind::usage, "cannot load trusted certificates from " + file + ": " + why,
              "--ca-file and SSL_CERT_FILE take a readable file of certificates in PEM form");
}

struct Entry {
  Bytes der{};
  long size{};
  bool with_trust{};  ///< TRUSTED CERTIFICATE: OpenSSL's own form, with what it is trusted for behind it
  NamePtr subject{};
  CertificatePtr certificate{};  ///< once it was asked for
};

/// Walks DER, one element after another.
class Walk {
 public:
  Walk(const unsigned char* at, long size) : at_(at), end_(at + size) {}

  bool enter_sequence() {
    const auto length = head(V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    if (length < 0) return false;
    end_ = at_ + length;
    return true;
  }
  bool skip(int tag, int of_class = V_ASN1_UNIVERSAL) {
    const auto length = head(tag, of_class);
    if (length < 0) return false;
    at_ += length;
    return true;
  }
  const unsigned char* at() const { return at_; }
  long left() const { return end_ - at_; }

 private:
  /// The length of what follows, or -1 when it is something else or indefinite, which DER has not.
  long head(int wanted, int of_class) {
    long length = 0;
    int tag = 0;
    int found = 0;
    const auto* next = at_;
    const int form = ASN1_get_object(&next, &length, &tag, &found, left());
    if ((form & 0x80) != 0 || form == 0x21 || tag != wanted || found != of_class) return -1;
    at_ = next;
    return length;
  }

  const unsigned char* at_;
  const unsigned char* end_;
};

/// RFC 5280, 4.1: Certificate { tbsCertificate { [0] version, serialNumber, signature, issuer, validity, subject, ... } }.
NamePtr subject_of(const Entry& entry) {
  Walk walk(entry.der.get(), entry.size);
  if (!walk.enter_sequence() || !walk.enter_sequence()) return nullptr;
  walk.skip(0, V_ASN1_CONTEXT_SPECIFIC);
  const bool there = walk.skip(V_ASN1_INTEGER) && walk.skip(V_ASN1_SEQUENCE) && walk.skip(V_ASN1_SEQUENCE) &&
                     walk.skip(V_ASN1_SEQUENCE);
  const auto* at = walk.at();
  return NamePtr(there ? d2i_X509_NAME(nullptr, &at, walk.left()) : nullptr);
}

class Bundle {
 public:
  explicit Bundle(const std::string& file) {
    const auto text = sys::read_file(file, ErrorKind::usage, largest_bundle);
    const BioPtr source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!source) throw Error(ErrorKind::internal, "cannot set up TLS: no memory");
    while (read_block(source.get(), file)) {
    }
    if (entries_.empty()) refuse(file, "there is no certificate in it");
  }

  /// The first certificate of this name, still owned by the bundle; all of them are in the store then, where OpenSSL
  /// chooses among them.
  X509* find(const X509_NAME* name, X509_STORE* store) noexcept {
    const std::scoped_lock lock(mutex_);
    X509* first = nullptr;
    for (auto& entry : entries_) {
      if (X509_NAME_cmp(entry.subject.get(), name) != 0 || !decode(entry, store)) continue;
      if (!first) first = entry.certificate.get();
    }
    return first;
  }

 private:
  /// Whether there was one.
  bool read_block(BIO* source, const std::string& file) {
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    Entry entry;
    const int ok = PEM_read_bio(source, &label, &header, &der, &entry.size);
    const Label owned_label(label);
    const Label owned_header(header);
    entry.der.reset(der);
    if (ok != 1) {
      const auto code = ERR_peek_last_error();
      if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE) {
        const char* reason = ERR_reason_error_string(code);
        refuse(file, reason ? reason : "it is damaged");
      }
      ERR_clear_error();
      return false;
    }
    const std::string_view kind = label;
    entry.with_trust = kind == PEM_STRING_X509_TRUSTED;
    if (!entry.with_trust && kind != PEM_STRING_X509 && kind != PEM_STRING_X509_OLD) return true;
    entry.subject = subject_of(entry);
    if (!entry.subject) refuse(file, "certificate " + std::to_string(entries_.size() + 1) + " is damaged");
    entries_.push_back(std::move(entry));
    return true;
  }

  static bool decode(Entry& entry, X509_STORE* store) noexcept {
    if (entry.certificate) return true;
    const unsigned char* at = entry.der.get();
    CertificatePtr made(entry.with_trust ? d2i_X509_AUX(nullptr, &at, entry.size)
                                         : d2i_X509(nullptr, &at, entry.size));
    if (!made || X509_STORE_add_cert(store, made.get()) != 1) return false;
    entry.certificate = std::move(made);
    return true;
  }

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

/// X509_LOOKUP_meth_set_get_by_subject(3). What is found is lent, as by OpenSSL's own directories: the caller takes a
/// reference of its own.
int find_by_subject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name, X509_OBJECT* found) {
  auto* bundle = static_cast<Bundle*>(X509_LOOKUP_get_method_data(lookup));
  auto* certificate =
      bundle && type == X509_LU_X509 ? bundle->find(name, X509_LOOKUP_get_store(lookup)) : nullptr;
  if (!certificate || X509_OBJECT_set1_X509(found, certificate) != 1) return 0;
  X509_free(certificate);
  return 1;
}

void free_bundle(X509_LOOKUP* lookup) {
  delete static_cast<Bundle*>(X509_LOOKUP_get_method_data(lookup));
}

X509_LOOKUP_METHOD* method() {
  static const std::unique_ptr<X509_LOOKUP_METHOD, Release<&X509_LOOKUP_meth_free>> made = [] {
    auto* out = X509_LOOKUP_meth_new("a bundle, decoded on demand");
    if (out) {
      X509_LOOKUP_meth_set_get_by_subject(out, &find_by_subject);
      X509_LOOKUP_meth_set_free(out, &free_bundle);
    }
    return std::unique_ptr<X509_LOOKUP_METHOD, Release<&X509_LOOKUP_meth_free>>(out);
  }();
  return made.get();
}

}  // namespace

void trust_bundle(x509_store_st* store, const std::string& file) {
  auto bundle = std::make_unique<Bundle>(file);
  auto* lookup = method() ? X509_STORE_add_lookup(store, method()) : nullptr;
  if (!lookup || X509_LOOKUP_set_method_data(lookup, bundle.get()) != 1)
    throw Error(ErrorKind::internal, "cannot set up TLS: no memory");
  static_cast<void>(bundle.release());  // the store frees it, with the lookup
}

}  // namespace kolega::net
