#include "net/ca_roots.hpp"

#include <array>
#include <filesystem>

#include "base/text.hpp"

namespace kolega::net {

namespace fs = std::filesystem;

namespace {

/// Debian, Ubuntu, Alpine and SUSE keep links by hash here; reading on demand costs 0.25 ms, a whole bundle
/// 17 ms.
constexpr std::string_view hashed_directory = "/etc/ssl/certs";

constexpr std::array<std::string_view, 5> bundles{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // RHEL, Fedora
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL, Fedora
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

/// "5ad8a5d6.0": what OpenSSL looks for in a directory.
bool is_hash_name(const std::string& name) {
  return name.size() == 10 && name[8] == '.' && name[9] == '0' &&
         name.find_first_not_of("0123456789abcdef") == 8;
}

bool is_hashed(const fs::path& directory) {
  std::error_code ec;
  for (fs::directory_iterator at(directory, ec), end; !ec && at != end; at.increment(ec)) {
    if (is_hash_name(at->path().filename().string())) return true;
  }
  return false;
}

}  // namespace

CaRoots find_ca_roots(const TlsOptions& options, const sys::Environment& environment,
                      const std::string& root) {
  if (!options.ca_file.empty()) return {options.ca_file, {}};
  const auto file = environment.find("SSL_CERT_FILE");
  const auto directory = environment.find("SSL_CERT_DIR");
  if (file || directory) return {file.value_or(""), directory.value_or("")};
  const auto hashed = root + std::string(hashed_directory);
  if (is_hashed(hashed)) return {{}, hashed};
  std::vector<std::string> tried;
  for (const auto bundle : bundles) {
    tried.push_back(root + std::string(bundle));
    std::error_code ec;
    if (fs::is_regular_file(tried.back(), ec)) return {tried.back(), {}};
  }
  throw Error(ErrorKind::usage,
              "no certificates of trusted authorities: none of " + join(tried, ", ") + " exists",
              "install the package ca-certificates, or name a bundle with --ca-file or SSL_CERT_FILE");
}

}  // namespace kolega::net
