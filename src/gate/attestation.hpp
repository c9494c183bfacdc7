// A decision as an in-toto statement (SLSA verification summary v1) in a DSSE envelope, and its verification.
// Sources: https://slsa.dev/spec/v1.0/verification_summary, https://github.com/secure-systems-lab/dsse.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/signature.hpp"
#include "gate/record.hpp"

namespace kolega::gate {

/// The signed envelope over the record: subject is the commit, policy by digest, batches as input attestations,
/// the record by `record_sha256`, the digest of exactly what is written as the record (record_sha256() in replay.hpp).
/// Refuses what require_attestable() refuses. PASSED only for pass and warn: what the policy or a person let through
/// (allowed_incomplete, bypassed) is FAILED here, because nothing was verified; our own word stands beside it.
std::string attest(const DecisionRecord& record, const std::string& record_sha256, const SigningKey& key);

/// Throws Error(usage) for what can never be attested and is known before the scans: a sandbox run, and a run without
/// the full id of a commit.
void require_attestable(Origin origin, const Subject& subject);

struct Expectation {
  std::string commit{};                    ///< empty: any
  std::string policy_sha256{};             ///< then no option may have stood in for it: mode, baseline
  std::vector<ScanType> scan_types{};      ///< these must have been judged: those of the policy
  std::string repository{};
  std::string record_sha256{};
  bool require_pass{true};
};

struct Attested {
  std::string result{};                    ///< PASSED or FAILED
  std::string outcome{};                   ///< our word
  std::string origin{};                    ///< "live", or "file": findings of saved files
  std::string api_url{};                   ///< of live scans
  std::string mode{};                      ///< "block", or what --mode capped every rule to
  std::vector<std::string> scan_types{};   ///< what was judged
  std::string baseline{};                  ///< "policy", or "option" where a rule needs one and --baseline gave it
  std::string commit{};
  std::string policy_sha256{};
  std::string record_sha256{};
  std::string repository{};
  std::string time{};
  std::string key_id{};
};

/// Checks envelope, signature, types, subject and digests. Throws Error(input) for what is no envelope of ours and
/// ProofError, naming what does not hold, for one that is not signed by the key or is not about what is expected.
Attested verify_attestation(std::string_view envelope, const VerifyingKey& key, const Expectation& expectation,
                            const std::string& what);

}  // namespace kolega::gate
