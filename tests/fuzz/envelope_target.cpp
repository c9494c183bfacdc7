// A signed decision: whatever is done to the envelope, only the payload that was signed verifies.
#include <openssl/evp.h>

#include <array>

#include "base/error.hpp"
#include "base/json.hpp"
#include "fuzz/target.hpp"
#include "gate/attestation.hpp"
#include "support/keys.hpp"
#include "support/sample_records.hpp"

namespace kolega::fuzz {

namespace {

/// The same in every process, so that seeds that were written by one verify in another. Signs nothing else.
const test::KeyPair& fixed_key() {
  static const auto pair = [] {
    const std::array<unsigned char, 32> zeros{};
    return test::pems_of(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, zeros.data(), zeros.size()));
  }();
  return pair;
}

const std::string& signed_envelope() {
  static const auto text = [] {
    auto record = test::sample_record("fail");
    record.inputs.origin = gate::Origin::live;
    record.inputs.subject.commit = "0123456789abcdef0123456789abcdef01234567";
    return gate::attest(record, "the record's bytes", SigningKey(Secret(fixed_key().private_pem)));
  }();
  return text;
}

std::string payload_of(std::string_view envelope) {
  const auto tree = parse_json(envelope, "envelope", ErrorKind::input);
  return base64_decode(JsonView(tree, "envelope", ErrorKind::input).require_string("payload"), "envelope");
}

}  // namespace

void run_envelope(std::string_view bytes) {
  static const VerifyingKey key(fixed_key().public_pem);
  static const auto signed_payload = payload_of(signed_envelope());
  try {
    gate::verify_attestation(bytes, key, {.require_pass = false}, "envelope.json");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input, "an envelope that does not hold is the input's fault");
    return;
  }
  require(payload_of(bytes) == signed_payload, "only what was signed verifies");
}

std::vector<std::string> envelope_seeds() {
  return {signed_envelope()};
}

}  // namespace kolega::fuzz
