#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "base/private_key.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "net/ca_bundle.hpp"
#include "net/ca_roots.hpp"
#include "sys/files.hpp"

namespace kolega::net {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Deleter<SSL_SESSION_free>>;

std::string last_reason() {
  const auto code = ERR_peek_last_error();
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();
  return text ? text : "unknown error";
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

void load_roots(SSL_CTX* context, const CaRoots& roots) {
  if (!roots.file.empty()) trust_bundle(SSL_CTX_get_cert_store(context), roots.file);
  if (!roots.directory.empty() && SSL_CTX_load_verify_dir(context, roots.directory.c_str()) != 1) {
    throw Error(ErrorKind::usage,
                "cannot use trusted certificates in " + roots.directory + ": " + last_reason());
  }
}

void load_identity(SSL_CTX* context, const TlsOptions& options) {
  if (options.client_certificate.empty()) return;
  if (SSL_CTX_use_certificate_chain_file(context, options.client_certificate.c_str()) != 1) {
    throw Error(ErrorKind::usage,
                "cannot load the client certificate " + options.client_certificate + ": " + last_reason());
  }
  const auto& key = options.client_key.empty() ? options.client_certificate : options.client_key;
  constexpr std::uint64_t largest_key = 1024 * 1024;
  const Secret pem(sys::read_file(key, ErrorKind::usage, largest_key));
  bool encrypted = false;
  const auto identity = read_private_key(pem.reveal(), nullptr, encrypted);
  if (!identity || SSL_CTX_use_PrivateKey(context, identity.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    throw Error(ErrorKind::usage, "cannot use the client key " + key + ": " + last_reason(),
                "it must be a PEM file without a passphrase that belongs to the certificate");
  }
}

TlsFailure untrusted(std::string why) {
  return {std::move(why),
          "if a proxy or the server uses an authority of its own, name its certificate with --ca-file",
          false};
}

TlsFailure describe_verification(long result) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {"the server's certificate has expired",
              "check this machine's clock; else the server must renew it", false};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {"the server's certificate is not yet valid", "check this machine's clock", false};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {"the server's certificate is for another name",
              "check --api-url; a proxy may answer in its place", false};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return untrusted("the server's certificate is signed by itself and not trusted here");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // an authority of the same name with another key
      return untrusted("the server's certificate comes from an authority that is not trusted here");
    default:
      return untrusted(std::string("the server's certificate is not good: ") +
                       X509_verify_cert_error_string(result));
  }
}

}  // namespace

struct TlsClient::State {
  ContextPtr context;
  SessionPtr session;

  static int keep_session(SSL* connection, SSL_SESSION* fresh) {
    auto* state = static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    state->session.reset(fresh);
    return 1;  // the reference is ours now
  }
};

TlsClient::TlsClient(const TlsOptions& options, const sys::Environment& environment)
    : state_(std::make_unique<State>()) {
  // Without this OpenSSL reads openssl.cnf, which can make it load foreign libraries.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  state_->context.reset(SSL_CTX_new(TLS_client_method()));
  auto* context = state_->context.get();
  if (!context) throw Error(ErrorKind::internal, "cannot set up TLS: " + last_reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // As curl: a certificate given with --ca-file is trusted even when it is no root.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  load_roots(context, find_ca_roots(options, environment));
  load_identity(context, options);
  SSL_CTX_set_app_data(context, state_.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &State::keep_session);
}

TlsClient::~TlsClient() = default;

ssl_st* TlsClient::open(const std::string& host) {
  std::unique_ptr<SSL, Deleter<SSL_free>> connection(SSL_new(state_->context.get()));
  if (!connection) throw Error(ErrorKind::internal, "cannot set up TLS: " + last_reason());
  auto* check = SSL_get0_param(connection.get());
  auto set = 0;
  if (is_address(host)) {
    set = X509_VERIFY_PARAM_set1_ip_asc(check, host.c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    set = X509_VERIFY_PARAM_set1_host(check, host.c_str(), host.size());
    if (set == 1) set = static_cast<int>(SSL_set_tlsext_host_name(connection.get(), host.c_str()));
  }
  if (set != 1)
    throw Error(ErrorKind::internal, "cannot set the name to be checked by TLS: " + last_reason());
  constexpr std::array<unsigned char, 9> http11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(connection.get(), http11.data(), http11.size());
  if (state_->session) SSL_set_session(connection.get(), state_->session.get());
  return connection.release();
}

namespace {

std::string name_entry(const X509_NAME* name, int id) {
  std::array<char, 128> text{};
  const auto size = X509_NAME_get_text_by_NID(const_cast<X509_NAME*>(name), id, text.data(), text.size());
  return size > 0 ? printable({text.data(), static_cast<std::size_t>(size)}, 60) : std::string{};
}

std::string describe_issuer(const X509* certificate) {
  const auto* issuer = X509_get_issuer_name(certificate);
  const auto common = name_entry(issuer, NID_commonName);
  const auto organization = name_entry(issuer, NID_organizationName);
  if (common.empty() || organization.empty()) return common.empty() ? organization : common;
  return common + " (" + organization + ")";
}

std::string describe_end(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &end)};
}

}  // namespace

std::string describe_session(const ssl_st* connection) {
  std::string out = SSL_get_version(connection);
  const auto* certificate = SSL_get0_peer_certificate(connection);
  if (!certificate) return out;
  if (const auto issuer = describe_issuer(certificate); !issuer.empty())
    out += ", certificate issued by " + issuer;
  if (const auto end = describe_end(certificate); !end.empty()) out += ", good until " + end;
  return out;
}

TlsFailure describe_tls_failure(const ssl_st* connection, unsigned long code) {
  // Before the code: under a forged signature OpenSSL reports what failed inside ("EVP lib"), and that would
  // look as if it might pass.
  if (const auto result = SSL_get_verify_result(connection); result != X509_V_OK)
    return describe_verification(result);
  switch (ERR_GET_REASON(code)) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return {"the server speaks only versions of TLS older than 1.2",
              "these are not safe; the server must be updated", false};
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
      return {"the server does not speak TLS on this port", "check scheme and port of --api-url", true};
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:  // of an authority that only bears the right name
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return {"the server refused the TLS handshake",
              "it may ask for a client certificate: --client-cert, --client-key", false};
    default:
      break;
  }
  const char* reason = ERR_reason_error_string(code);
  return {std::string("TLS failed: ") + (reason ? reason : "unknown error"), {}, true};
}

}  // namespace kolega::net
