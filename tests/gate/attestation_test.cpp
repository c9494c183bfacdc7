#include "gate/attestation.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "policy/load.hpp"
#include "support/files.hpp"
#include "support/inputs.hpp"
#include "support/keys.hpp"
#include "sys/process.hpp"

using namespace kolega;
using test::complete_batch;
using test::InputsBuilder;

namespace {

const std::string commit = "0123456789abcdef0123456789abcdef01234567";
const std::string record_sha256 = sha256_hex("the record's bytes\n");
const std::string payload_type = "application/vnd.in-toto+json";

gate::DecisionRecord record_of(gate::Outcome outcome = gate::Outcome::pass) {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan]}\non_incomplete: {context: warn}\n"
      "rules: [{id: serious, when: {severity: \">=high\"}, max: 0}, {id: rest, max: 0, mode: warn}]\n");
  builder.batch(complete_batch());
  builder.inputs().subject = {.repository_id = "r1",
                              .repository = "acme/app",
                              .branch = "main",
                              .commit = commit,
                              .ci = "github",
                              .run_url = "https://github.com/acme/app/actions/runs/7"};
  using gate::Outcome;
  if (outcome == Outcome::fail) builder.finding({.fingerprint = "f"});
  if (outcome == Outcome::warn) builder.finding({.fingerprint = "f", .severity = "low"});
  if (outcome == Outcome::incomplete) builder.inputs().gaps = {{.cause = Cause::api, .detail = "500"}};
  if (outcome == Outcome::allowed_incomplete)
    builder.inputs().gaps = {{.cause = Cause::context, .detail = "no diff"}};
  auto record = builder.decide();
  if (outcome == Outcome::bypassed) record.verdict.outcome = outcome;
  REQUIRE(record.verdict.outcome == outcome);
  return record;
}

struct Keys {
  SigningKey signing;
  VerifyingKey verifying;
};

Keys keys_of(const test::KeyPair& pair) {
  return {SigningKey(Secret(pair.private_pem)), VerifyingKey(pair.public_pem)};
}

/// DSSE's protocol.md: PAE(type, body).
std::string encoded(const std::string& type, const std::string& body) {
  return "DSSEv1 " + std::to_string(type.size()) + " " + type + " " + std::to_string(body.size()) + " " +
         body;
}

std::string envelope_of(const std::string& payload, const SigningKey& key,
                        const std::string& type = payload_type) {
  return "{\"payloadType\": \"" + type + "\", \"payload\": \"" + base64_encode(payload) +
         "\", \"signatures\": [{\"sig\": \"" + base64_encode(key.sign(encoded(type, payload))) + "\"}]}";
}

std::string payload_of(const std::string& envelope) {
  const auto tree = parse_json(envelope, "e", ErrorKind::input);
  return base64_decode(JsonView(tree, "e", ErrorKind::input).require_string("payload"), "e");
}

std::string refused(const std::string& envelope, const VerifyingKey& key,
                    const gate::Expectation& expectation) {
  try {
    gate::verify_attestation(envelope, key, expectation, "a.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

std::string not_attested(const gate::DecisionRecord& record) {
  try {
    gate::attest(record, record_sha256, keys_of(test::ed25519_key()).signing);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "accepted";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

const gate::Expectation anything{.require_pass = false};

}  // namespace

TEST_CASE("attestation: what cannot be proved is not attested") {
  const auto with = [](const auto& change) {
    auto record = record_of();
    change(record.inputs);
    return not_attested(record);
  };
  CHECK(with([](auto&) {}) == "accepted");
  CHECK(has(with([](auto& inputs) { inputs.origin = gate::Origin::sandbox; }), "sandbox"));
  CHECK(has(with([](auto& inputs) { inputs.policy.reset(); }), "policy"));
  CHECK(has(with([](auto& inputs) { inputs.subject.commit.clear(); }), "the commit is not known"));
  CHECK(has(with([](auto& inputs) { inputs.subject.commit = "0123456"; }), "not the full id"));
  CHECK(has(with([](auto& inputs) { inputs.subject.commit = std::string(40, 'g'); }), "not the full id"));
  CHECK(has(with([](auto& inputs) { inputs.subject.repository = inputs.subject.repository_id = ""; }),
            "repository"));
}

TEST_CASE("attestation: what was attested is verified, with every kind of key") {
  for (const auto& pair : {test::ed25519_key(), test::ec_key("P-256"), test::ec_key("P-384")}) {
    const auto keys = keys_of(pair);
    const auto record = record_of();
    const auto envelope = gate::attest(record, record_sha256, keys.signing);
    const auto policy_sha256 = policy::digest(*record.inputs.policy);
    const auto attested = gate::verify_attestation(envelope, keys.verifying,
                                                   {.commit = commit,
                                                    .policy_sha256 = policy_sha256,
                                                    .repository = "acme/app",
                                                    .record_sha256 = record_sha256},
                                                   "a.json");
    CHECK(attested.result == "PASSED");
    CHECK(attested.outcome == "pass");
    CHECK(attested.origin == "live");
    CHECK(attested.mode == "block");
    CHECK(attested.commit == commit);
    CHECK(attested.policy_sha256 == policy_sha256);
    CHECK(attested.record_sha256 == record_sha256);
    CHECK(attested.repository == "acme/app");
    CHECK(attested.time == "2026-11-23T12:00:00Z");
    CHECK(attested.key_id == keys.signing.key_id());
    CHECK(keys.verifying.verify(
        encoded(payload_type, payload_of(envelope)),
        base64_decode(envelope.substr(envelope.rfind("\"sig\": \"") + 8,
                                      envelope.rfind('"') - envelope.rfind("\"sig\": \"") - 8),
                      "sig")));
  }
}

TEST_CASE("attestation: only a policy met on complete data is PASSED") {
  using gate::Outcome;
  const auto keys = keys_of(test::ed25519_key());
  for (const auto outcome : {Outcome::pass, Outcome::warn, Outcome::allowed_incomplete, Outcome::incomplete,
                             Outcome::fail, Outcome::bypassed}) {
    const auto envelope = gate::attest(record_of(outcome), record_sha256, keys.signing);
    CAPTURE(payload_of(envelope));
    const bool passed = outcome == Outcome::pass || outcome == Outcome::warn;
    const auto attested = gate::verify_attestation(envelope, keys.verifying, anything, "a.json");
    CHECK(attested.result == (passed ? "PASSED" : "FAILED"));
    CHECK(attested.outcome == name_of(outcome));
    CHECK((refused(envelope, keys.verifying, {}) == "accepted") == passed);
    CHECK(has(payload_of(envelope), "\"rules_broken\":[{\"id\":\"serious\"") == (outcome == Outcome::fail));
  }
}

TEST_CASE("attestation: it must be about what is expected") {
  const auto keys = keys_of(test::ed25519_key());
  const auto envelope = gate::attest(record_of(), record_sha256, keys.signing);
  const auto refuse = [&](const gate::Expectation& expectation) {
    return refused(envelope, keys.verifying, expectation);
  };
  CHECK(has(refuse({.commit = std::string(40, 'a')}), "it is about commit " + commit + ", not aaaa"));
  CHECK(has(refuse({.commit = commit.substr(0, 12)}), "it is about commit"));
  CHECK(has(refuse({.policy_sha256 = std::string(64, 'a')}), "it is about policy"));
  CHECK(has(refuse({.repository = "acme/other"}), "it is about repository acme/app, not acme/other"));
  CHECK(has(refuse({.record_sha256 = std::string(64, 'b')}), "it is about record"));
  CHECK(refuse({.commit = "0123456789ABCDEF0123456789ABCDEF01234567"}) == "accepted");
}

TEST_CASE("attestation: scan types or a baseline that the policy does not say are refused under it") {
  const auto keys = keys_of(test::ed25519_key());
  auto record = record_of();
  const auto& policy = *record.inputs.policy;
  const gate::Expectation expected{.policy_sha256 = policy::digest(policy), .scan_types = policy.scan.types};
  const auto refuse = [&] {
    return refused(gate::attest(record, record_sha256, keys.signing), keys.verifying, expected);
  };
  CHECK(refuse() == "accepted");
  record.inputs.scan_types = {ScanType::sbom_scan};
  CHECK(has(refuse(), "a.json: semgrep_scan was not judged, which the policy names in scan.types"));
  const auto narrowed = gate::attest(record, record_sha256, keys.signing);
  CHECK(gate::verify_attestation(narrowed, keys.verifying, anything, "a.json").scan_types ==
        std::vector<std::string>{"sbom_scan"});

  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: previous_batch, first_run: all_new}\n"
      "rules: [{id: new, scope: new, max: 0}]\n");
  builder.batch(complete_batch());
  builder.inputs().subject = record.inputs.subject;
  builder.inputs().baseline = Baseline{.origin = "file:mine.json"};
  const auto compared = [&] {
    const auto decided = builder.decide();
    REQUIRE(decided.verdict.outcome == gate::Outcome::pass);
    return refused(gate::attest(decided, record_sha256, keys.signing), keys.verifying,
                   {.policy_sha256 = policy::digest(*decided.inputs.policy)});
  };
  CHECK(compared() == "accepted");
  builder.inputs().baseline_given = true;
  CHECK(has(compared(), "a.json: its rules compared with a baseline that --baseline gave"));
}

TEST_CASE("attestation: an envelope that was touched, or is another's, is refused") {
  const auto keys = keys_of(test::ec_key("P-256"));
  const auto envelope = gate::attest(record_of(gate::Outcome::fail), record_sha256, keys.signing);
  const auto payload = payload_of(envelope);
  const auto refuse = [&](const std::string& text) { return refused(text, keys.verifying, anything); };
  CHECK(refuse(envelope) == "accepted");
  CHECK(has(refused(envelope, keys_of(test::ec_key("P-256")).verifying, anything),
            "no signature is by the key"));
  const auto forged = replaced(replaced(payload, "FAILED", "PASSED"), "\"fail\"", "\"pass\"");
  CHECK(has(refuse(replaced(envelope, base64_encode(payload), base64_encode(forged))),
            "no signature is by the key"));
  CHECK(has(refuse(replaced(envelope, "in-toto+json", "in-toto.vsa+json")), "/payloadType"));
  CHECK(has(refuse(envelope_of(payload, keys.signing, "text/plain")), "/payloadType"));
  CHECK(has(refuse("{}"), "a.json: this is no signed decision"));
  CHECK(has(refuse(""), "empty"));
  CHECK(has(refuse(envelope + "x"), "byte"));
  CHECK(has(refuse(replaced(envelope, "{", "{\"payload\": \"\", ")), "duplicate"));
  const auto head =
      "{\"payloadType\": \"" + payload_type + "\", \"payload\": \"" + base64_encode(payload) + "\", ";
  CHECK(has(refuse(head + "\"signatures\": []}"), "/signatures: there is no signature"));
  CHECK(has(refuse(head + "\"signatures\": {}}"), "/signatures: not an array"));
  CHECK(has(refuse(head + "\"signatures\": [{\"sig\": \"\"}]}"), "no signature is by the key"));
  CHECK(has(refuse(head + "\"signatures\": [{\"sig\": \"a\"}]}"), "/signatures/0/sig: not base64"));
  // Signed over the payload without DSSE's encoding.
  CHECK(has(
      refuse(head + "\"signatures\": [{\"sig\": \"" + base64_encode(keys.signing.sign(payload)) + "\"}]}"),
      "no signature is by the key"));
  // Another's signature before ours does no harm.
  const auto other = base64_encode(keys_of(test::ed25519_key()).signing.sign("x"));
  CHECK(refuse(replaced(envelope, "\"signatures\": [", "\"signatures\": [{\"sig\": \"" + other + "\"},")) ==
        "accepted");
}

TEST_CASE("attestation: a statement that the key did sign must still be one of this program's") {
  const auto keys = keys_of(test::ed25519_key());
  const auto payload = payload_of(gate::attest(record_of(gate::Outcome::fail), record_sha256, keys.signing));
  const auto with = [&](const std::string& from, const std::string& to) {
    return refused(envelope_of(replaced(payload, from, to), keys.signing), keys.verifying, anything);
  };
  CHECK(with("acme", "acme") == "accepted");
  CHECK(has(with("Statement/v1", "Statement/v0.1"), "a.json: payload: /_type"));
  CHECK(has(with("verification_summary/v1", "provenance/v1"), "/predicateType"));
  CHECK(has(with("https://kolega.dev/kolega-gate\"", "https://example.com/x\""), "/predicate/verifier/id"));
  CHECK(has(with("\"FAILED\"", "\"PASSED\""), "/predicate/verificationResult: 'PASSED' is not 'FAILED'"));
  CHECK(has(with("\"outcome\":\"fail\"", "\"outcome\":\"pass\""), "/predicate/verificationResult"));
  CHECK(has(with("\"outcome\":\"fail\"", "\"outcome\":\"great\""), "'great' is no outcome"));
  CHECK(has(with("gitCommit", "sha1"), "/subject/0/digest/gitCommit: missing"));
  CHECK(has(with(commit, commit.substr(1)), "/subject/0/digest/gitCommit: not a digest"));
  CHECK(has(with("\"subject\":[", "\"subject\":[{\"name\": \"x\"},"), "/subject: has 2 entries"));
  CHECK(has(with(record_sha256, "00"), "/predicate/inputAttestations/0/digest/sha256: not a digest"));
  CHECK(has(with("2026-11-23T12:00:00Z", "yesterday"), "/predicate/timeVerified"));
  CHECK(has(refused(envelope_of("[]", keys.signing), keys.verifying, anything), "not an object"));
  CHECK(has(refused(envelope_of("", keys.signing), keys.verifying, anything), "empty"));
}

TEST_CASE("attestation: the resource is the repository's address where the run's page tells it") {
  const auto keys = keys_of(test::ed25519_key());
  const auto uri = [&](const std::string& run_url, const std::string& repository) {
    auto record = record_of();
    record.inputs.subject.run_url = run_url;
    record.inputs.subject.repository = repository;
    const auto tree =
        parse_json(payload_of(gate::attest(record, record_sha256, keys.signing)), "p", ErrorKind::input);
    return std::string(
        JsonView(tree, "p", ErrorKind::input).require("predicate").require_string("resourceUri"));
  };
  CHECK(uri("https://github.com/acme/app/actions/runs/7", "acme/app") == "git+https://github.com/acme/app");
  CHECK(uri("https://git.example.com:8443/g/s/app/-/pipelines/7", "g/s/app") ==
        "git+https://git.example.com:8443/g/s/app");
  CHECK(uri("https://github.com/acme/application/runs", "acme/app") == "acme/app");
  CHECK(uri("https://user:secret@github.com/acme/app/runs", "acme/app") == "acme/app");
  CHECK(uri("http://github.com/acme/app/runs", "acme/app") == "acme/app");
  CHECK(uri("", "org/my project/app") == "org/my%20project/app");
  CHECK(uri("", "") == "r1");
}

TEST_CASE("attestation: a reader of SLSA verification summaries accepts it") {
  const char* shared = std::getenv("KOLEGA_SHARED");
  const auto program =
      (shared ? std::filesystem::path(shared) : test::source_dir().parent_path() / "shared") / "validate" /
      "validate";
  const char* path = std::getenv("PATH");
  if (!std::filesystem::exists(program) || !path || !sys::find_program("node", path)) {
    MESSAGE("SKIPPED: no node or no ", program.string(), "; attestations were not validated");
    return;
  }
  const test::TempDir dir;
  std::vector<std::string> arguments{program.string(), "--strict", "--vsa"};
  for (const auto& pair : {test::ed25519_key(), test::ec_key("P-256")}) {
    const auto keys = keys_of(pair);
    for (const auto outcome :
         {gate::Outcome::pass, gate::Outcome::warn, gate::Outcome::fail, gate::Outcome::incomplete}) {
      const auto name = std::to_string(arguments.size()) + ".json";
      arguments.push_back(dir.write(name, gate::attest(record_of(outcome), record_sha256, keys.signing)));
    }
  }
  const auto answer = sys::run_process(arguments, {.timeout = std::chrono::minutes{3}});
  if (answer.exit_code == 3) {
    MESSAGE("SKIPPED: the validator could not run: ", answer.err);
    return;
  }
  CHECK_MESSAGE(answer.exit_code == 0, answer.out, answer.err);
}
