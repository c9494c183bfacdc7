// What a bundle trusts is what OpenSSL trusts of the same file.
#include "net/ca_bundle.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "base/error.hpp"
#include "support/certificates.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::CertificateOptions;
using test::Identity;

namespace {

Identity authority(const std::string& name) {
  CertificateOptions options;
  options.common_name = name;
  options.authority = true;
  return test::make_identity(options);
}

std::string trusted_pem_of(const Identity& identity) {
  auto* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_AUX(bio, identity.certificate.get());
  return test::bio_text(bio);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

/// X509_V_OK, or why `leaf` is not good.
int verify(const std::function<void(X509_STORE*)>& trust, const Identity& leaf) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  trust(store.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                               &X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), nullptr);
  return X509_verify_cert(context.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

int by_bundle(const std::string& file, const Identity& leaf) {
  return verify([&](X509_STORE* store) { net::trust_bundle(store, file); }, leaf);
}

int by_openssl(const std::string& file, const Identity& leaf) {
  return verify([&](X509_STORE* store) { X509_STORE_load_file(store, file.c_str()); }, leaf);
}

std::string refusal(const std::string& file) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  try {
    net::trust_bundle(store.get(), file);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message().find(file) != std::string::npos);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("a bundle that is none, or damaged, is refused and named") {
  const test::TempDir files;
  const auto good = test::pem_of(authority("A").certificate);
  const auto body = good.find('\n') + 1;
  auto no_end = good;
  no_end.resize(good.find("-----END"));
  auto no_base64 = good;
  no_base64[body + 5] = '!';
  const std::string not_der = "-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n";
  const std::string empty_der = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
  const std::string too_long = "-----BEGIN CERTIFICATE-----\nMIN/////\n-----END CERTIFICATE-----\n";
  const std::string endless = "-----BEGIN CERTIFICATE-----\nMIAAAA==\n-----END CERTIFICATE-----\n";
  const auto only_key = test::pem_of(authority("K").key);
  for (const auto& text : {std::string{}, std::string("# nothing\n"), no_end, no_base64, not_der, empty_der, too_long,
                           endless, only_key, good + not_der, good + no_end}) {
    CAPTURE(text);
    CHECK(refusal(files.write("bad.pem", text)) != "");
  }
  CHECK(refusal(files.file("absent.pem")) != "");
  CHECK(refusal(files.write("good.pem", good)) == "");
}

TEST_CASE("a bundle trusts what OpenSSL trusts of the same file") {
  const test::TempDir files;
  const auto a = authority("Authority A");
  const auto b = authority("Authority B");
  const auto same_name = authority("Authority A");
  CertificateOptions leaf_options;
  leaf_options.names = "DNS:localhost";
  const auto of_a = test::make_identity(leaf_options, &a);
  const auto of_b = test::make_identity(leaf_options, &b);
  const auto own = test::make_identity(leaf_options);
  CertificateOptions middle_options;
  middle_options.common_name = "Middle";
  middle_options.authority = true;
  const auto middle = test::make_identity(middle_options, &a);
  const auto of_middle = test::make_identity(leaf_options, &middle);
  CertificateOptions late;
  late.common_name = "Authority A";
  late.authority = true;
  late.ends = -60;
  const auto expired = test::make_identity(late);
  const auto pem = [](const Identity& one) { return test::pem_of(one.certificate); };

  struct Row {
    std::string name;
    std::string bundle;
  };
  const std::vector<Row> rows{
      {"one", pem(a)},
      {"another", pem(b)},
      {"both, with words between", "# A\n" + pem(a) + "\n\nB is\n====\n" + pem(b)},
      {"Windows line ends", replaced(pem(a) + pem(b), "\n", "\r\n")},
      {"no line end at the end", pem(a).substr(0, pem(a).size() - 1)},
      {"twice", pem(a) + pem(a)},
      {"another key of the same name first", pem(same_name) + pem(a)},
      {"another key of the same name last", pem(a) + pem(same_name)},
      {"only another key of the same name", pem(same_name)},
      {"an expired one of the same name first", pem(expired) + pem(a)},
      {"a key before the certificate", test::pem_of(a.key) + pem(a)},
      {"the old label", replaced(pem(a), "CERTIFICATE", "X509 CERTIFICATE")},
      {"OpenSSL's form with trust", trusted_pem_of(a)},
      {"the end of a chain only", pem(of_a)},
      {"the middle of a chain only", pem(middle)},
      {"a certificate that signed itself", pem(own)},
  };
  int trusted = 0;
  for (const auto& row : rows) {
    const auto file = files.write("bundle.pem", row.bundle);
    for (const auto* leaf : {&of_a, &of_b, &own, &of_middle, &middle, &a}) {
      CAPTURE(row.name);
      const auto found = by_bundle(file, *leaf);
      CHECK(found == by_openssl(file, *leaf));
      trusted += found == X509_V_OK ? 1 : 0;
    }
  }
  CHECK(trusted > 20);
}

TEST_CASE("what OpenSSL's form distrusts is not trusted") {
  const test::TempDir files;
  const auto a = authority("A");
  X509_add1_reject_object(a.certificate.get(), OBJ_nid2obj(NID_server_auth));
  const auto leaf = test::make_identity({}, &a);
  const auto file = files.write("bundle.pem", trusted_pem_of(a));
  const auto for_servers = [&](X509_STORE* store) {
    net::trust_bundle(store, file);
    X509_STORE_set_purpose(store, X509_PURPOSE_SSL_SERVER);
    X509_STORE_set_trust(store, X509_TRUST_SSL_SERVER);
  };
  CHECK(verify(for_servers, leaf) == X509_V_ERR_CERT_REJECTED);
}
