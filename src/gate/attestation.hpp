// A decision as an in-toto statement (SLSA verification summary v1) in a DSSE envelope, and its verification.
// Sources: https://slsa.dev/spec/v1.0/verification_summary, https://github.com/secure-systems-lab/dsse.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/signature.hpp"
#include "gate/record.hpp"

namespace kolega::gate {

/// The signed envelope over the record: subject is the commit, policy by digest, batches as input attestations,
/// the record by its SHA-256. `record_bytes` are exactly what was written as the record. Refuses sandbox runs and
/// records without a commit (Error(usage)). PASSED only for pass and warn: what the policy or a person let through
/// (allowed_incomplete, bypassed) is FAILED here, because nothing was verified; our own word stands beside it.
std::string attest(const DecisionRecord& record, std::string_view record_bytes, const SigningKey& key);

struct Expectation {
  std::string commit{};                    ///< empty: any
  std::string policy_sha256{};
  std::string repository{};
  std::optional<std::string> record_bytes{};
  bool require_pass{true};
};

struct Attested {
  std::string result{};                    ///< PASSED or FAILED
  std::string outcome{};                   ///< our word
  std::string commit{};
  std::string policy_sha256{};
  std::string record_sha256{};
  std::string repository{};
  std::string time{};
  std::string key_id{};
};

/// Checks envelope, signature, types, subject and digests; throws Error(input) naming what does not hold.
Attested verify_attestation(std::string_view envelope, const VerifyingKey& key, const Expectation& expectation,
                            const std::string& what);

}  // namespace kolega::gate
