// --attest and --signing-key: where the signed decision goes and the key that signs it, both looked at before anything
// is started. Not for: what is signed (gate/attestation.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/signature.hpp"
#include "cli/command.hpp"

namespace kolega::cli {

/// --attest, --signing-key.
std::vector<Option> signing_options();

struct Signing {
  std::string path{};
  SigningKey key;
};

/// Nothing without --attest. Throws Error(usage) for a key that is missing, unreadable or of no kind that signs.
std::optional<Signing> resolve_signing(const Invocation& invocation);

}  // namespace kolega::cli
