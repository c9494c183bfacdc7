// Where the certificates of trusted authorities are on this machine.
// Not for: loading them (tls.cpp).
#pragma once

#include <string>

#include "net/transport.hpp"

namespace kolega::net {

/// A bundle, or directories ("a:b") whose files are named by hash and read on demand. One may be empty.
struct CaRoots {
  std::string file{};
  std::string directory{};
  friend bool operator==(const CaRoots&, const CaRoots&) = default;
};

/// --ca-file, else SSL_CERT_FILE and SSL_CERT_DIR, else the places that distributions use, beneath `root`.
/// Throws Error(usage) naming the places when there is none.
CaRoots find_ca_roots(const TlsOptions& options, const sys::Environment& environment,
                      const std::string& root = {});

}  // namespace kolega::net
