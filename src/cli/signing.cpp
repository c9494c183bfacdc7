#include "cli/signing.hpp"

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "cli/options.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::uint64_t largest_key = 64 * 1024;
constexpr const char* variable = "KOLEGA_SIGNING_KEY";

/// The variable may hold the key itself: that is how a CI hands out a secret that is no file.
Secret read_key(const Invocation& invocation) {
  if (const auto file = invocation.arguments.find("signing-key")) {
    if (file->empty()) throw Error(ErrorKind::usage, "--signing-key: the value is empty");
    if (file->starts_with("-----BEGIN")) {
      throw Error(ErrorKind::usage, "--signing-key: takes a file, because every process can see arguments",
                  "hand the key over in KOLEGA_SIGNING_KEY");
    }
    return Secret(sys::read_file(*file, ErrorKind::usage, largest_key));
  }
  const auto value = invocation.system.environment.find(variable);
  if (!value) {
    throw Error(ErrorKind::usage, "--attest: there is no key to sign with",
                "name its file with --signing-key or KOLEGA_SIGNING_KEY; make one with: openssl genpkey "
                "-algorithm ed25519 -out key.pem");
  }
  if (trim(*value).starts_with("-----BEGIN")) return Secret(*value);
  // What is neither a file nor PEM may be a damaged key: it is not shown.
  if (value->find_first_of("\r\n") != std::string::npos || value->size() > 4096) {
    throw Error(ErrorKind::usage,
                std::string(variable) + ": holds neither the path of a file nor a key in PEM",
                "a key in PEM begins with -----BEGIN PRIVATE KEY-----");
  }
  try {
    return Secret(sys::read_file(*value, ErrorKind::usage, largest_key));
  } catch (const Error&) {
    throw Error(ErrorKind::usage, std::string(variable) + ": the file that it names cannot be read",
                "it takes the path of a file, or the key itself in PEM with its line breaks");
  }
}

}  // namespace

std::vector<Option> signing_options() {
  return {{.names = "--attest",
           .value = "FILE",
           .help = "write the signed decision, an in-toto statement in a DSSE envelope; see docs/proof.md",
           .report = true},
          {.names = "--signing-key",
           .value = "FILE",
           .help = "private key in PEM, without passphrase: Ed25519, ECDSA P-256 or P-384; the variable may "
                   "also hold the key itself",
           .environment = variable}};
}

std::optional<Signing> resolve_signing(const Invocation& invocation) {
  const auto path = invocation.arguments.find("attest");
  if (!path) {
    if (invocation.arguments.has("signing-key"))
      throw Error(ErrorKind::usage, "--signing-key signs nothing without --attest", "add --attest FILE");
    return std::nullopt;
  }
  if (path->empty() || *path == "-")
    throw Error(ErrorKind::usage, "--attest: takes the path of a file", "--attest decision.intoto.json");
  const auto file = invocation.arguments.find("signing-key");
  const auto name = file ? printable(*file, 200) : std::string("of ") + variable;  // its value may be the key itself
  return Signing{*path, SigningKey(read_key(invocation), "signing key " + name)};
}

}  // namespace kolega::cli
