#include "gate/attestation.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/document_kind.hpp"
#include "gate/proof_error.hpp"
#include "gate/record_names.hpp"

namespace kolega::gate {

namespace {

constexpr std::string_view payload_type = "application/vnd.in-toto+json";
constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
constexpr std::string_view predicate_type = "https://slsa.dev/verification_summary/v1";
constexpr std::string_view verifier_id = "https://kolega.dev/kolega-gate";
/// Members beyond the predicate's own are named by a URI (in-toto, "parsing rules").
constexpr std::string_view extension = "https://kolega.dev/kolega-gate/decision/v1";
constexpr std::string_view record_name = "decision-record";
/// Where the baseline is from that the rules compare with.
constexpr std::array<std::string_view, 2> baseline_words{"policy", "option"};
constexpr std::uint64_t longest_envelope = 16 * 1024 * 1024;
constexpr std::size_t most_signatures = 32;

/// DSSE's pre-authentication encoding: what is signed says its own type and lengths.
std::string encode_for_signing(std::string_view type, std::string_view payload) {
  std::string out = "DSSEv1 ";
  out += std::to_string(type.size()) + " ";
  out += type;
  out += " " + std::to_string(payload.size()) + " ";
  out += payload;
  return out;
}

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_commit(std::string_view text) {
  return is_hex(text, 40) || is_hex(text, 64);
}

/// PASSED only where the policy was met on complete data. A verdict that was let through (allowed_incomplete,
/// bypassed) ends the job with 0, but nobody verified anything: whoever reads the summary later must not take
/// it for a pass. Our own word stands beside it.
std::string_view result_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
    case Outcome::warn:
      return "PASSED";
    case Outcome::allowed_incomplete:
    case Outcome::incomplete:
    case Outcome::fail:
    case Outcome::bypassed:
      return "FAILED";
  }
  return "FAILED";
}

std::string uri_escaped(std::string_view text) {
  constexpr std::string_view plain = "-._~/:@!$&'()*+,;=";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string_view repository_of(const Subject& subject) {
  return subject.repository.empty() ? subject.repository_id : subject.repository;
}

/// Where the CI's run has its page under the repository's, the repository's own address; else its name.
std::string resource_uri(const Subject& subject) {
  constexpr std::string_view scheme = "https://";
  const auto name = uri_escaped(repository_of(subject));
  const std::string_view url = subject.run_url;
  if (subject.repository.empty() || !url.starts_with(scheme)) return name;
  const auto rest = url.substr(scheme.size());
  const auto host = rest.substr(0, rest.find('/'));
  const bool plain_host = !host.empty() && host.find_first_not_of(
                                               "abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                               "0123456789.-:") == std::string_view::npos;
  if (!plain_host || !rest.substr(host.size()).starts_with("/" + name + "/")) return name;
  return "git+https://" + std::string(host) + "/" + name;
}

[[noreturn]] void refuse(std::string why, std::string hint = {}) {
  throw Error(ErrorKind::usage, "no attestation can be made: " + std::move(why), std::move(hint));
}

std::string commit_of(const Subject& subject) {
  auto commit = to_lower_ascii(subject.commit);
  if (commit.empty()) {
    refuse("the commit is not known", "run inside a CI job or a git checkout, which tell the commit");
  }
  if (!is_commit(commit)) refuse("'" + printable(commit, 80) + "' is not the full id of a commit");
  return commit;
}

class StatementWriter {
 public:
  StatementWriter(const DecisionRecord& record, std::string commit, std::string record_sha256)
      : record_(record), commit_(std::move(commit)), record_sha256_(std::move(record_sha256)) {}

  std::string write() {
    json_.begin_object().member("_type", statement_type);
    json_.key("subject").begin_array().begin_object();
    json_.member("name", repository_of(record_.inputs.subject));
    digest("gitCommit", commit_);
    json_.end_object().end_array();
    json_.member("predicateType", predicate_type).key("predicate").begin_object();
    write_predicate();
    json_.end_object().end_object();
    json_.finish();
    return out_.str();
  }

 private:
  void digest(std::string_view algorithm, const std::string& hex) {
    json_.key("digest").begin_object().member(algorithm, std::string_view(hex)).end_object();
  }

  void write_predicate() {
    const auto& inputs = record_.inputs;
    const auto outcome = record_.verdict.outcome;
    json_.key("verifier").begin_object().member("id", verifier_id);
    json_.key("version").begin_object().member(program_name, std::string_view(record_.tool_version));
    json_.end_object().end_object();
    json_.member("timeVerified", std::string_view(format_instant(inputs.at)));
    json_.member("resourceUri", std::string_view(resource_uri(inputs.subject)));
    write_policy(*inputs.policy);
    write_input_attestations();
    json_.member("verificationResult", result_of(outcome));
    json_.key("verifiedLevels").begin_array();
    // A level of our own, as the specification allows; SLSA_... is reserved.
    if (result_of(outcome) == "FAILED") json_.value("FAILED");
    if (outcome == Outcome::pass) json_.value("KOLEGA_GATE_PASS");
    if (outcome == Outcome::warn) json_.value("KOLEGA_GATE_WARN");
    json_.end_array();
    write_extension();
  }

  void write_policy(const policy::Policy& policy) {
    const auto name = policy.sources.empty() ? policy.name : policy.sources.front().name;
    json_.key("policy").begin_object();
    if (!name.empty()) json_.member("uri", std::string_view(uri_escaped(name)));
    digest("sha256", policy::digest(policy));
    json_.end_object();
  }

  /// Every entry must have a digest, which a scan batch has not: the batches stand on the record that holds
  /// them.
  void write_input_attestations() {
    json_.key("inputAttestations").begin_array().begin_object().member("name", record_name);
    digest("sha256", record_sha256_);
    json_.member("mediaType", "application/json");
    json_.key("annotations").begin_object().key("batches").begin_array();
    for (const auto& batch : record_.inputs.batches) {
      if (!batch.id.empty()) json_.value(std::string_view(batch.id));
    }
    json_.end_array().end_object().end_object().end_array();
  }

  void write_extension() {
    const auto& inputs = record_.inputs;
    const auto& verdict = record_.verdict;
    json_.key(extension).begin_object();
    json_.member("outcome", name_of(verdict.outcome));
    json_.member("origin", word_of(origin_names, inputs.origin));
    if (!inputs.api_url.empty()) json_.member("api_url", std::string_view(inputs.api_url));
    json_.member("mode", policy::name_of(inputs.mode_cap.value_or(policy::Mode::block)));
    json_.key("scan_types").begin_array();
    for (const auto type : inputs.scan_types) json_.value(name_of(type));
    json_.end_array();
    const bool given = inputs.baseline_given && policy::needs_baseline(*inputs.policy);
    json_.member("baseline", baseline_words[given ? 1 : 0]);
    if (!inputs.subject.branch.empty()) json_.member("branch", std::string_view(inputs.subject.branch));
    json_.key("rules_broken").begin_array();
    for (const auto& rule : verdict.rules) {
      if (rule.state != RuleState::broken) continue;
      json_.begin_object().member("id", std::string_view(rule.id)).member("mode", policy::name_of(rule.mode));
      json_.member("count", rule.count).end_object();
    }
    json_.end_array();
    json_.key("incomplete").begin_array();
    for (const auto& entry : verdict.incomplete) json_.value(name_of(entry.cause));
    json_.end_array().end_object();
  }

  const DecisionRecord& record_;
  std::string commit_;
  std::string record_sha256_;
  std::ostringstream out_;
  JsonWriter json_{out_, JsonWriter::Style::compact};
};

std::string write_envelope(std::string_view payload, const SigningKey& key) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().member("payloadType", payload_type);
  json.member("payload", std::string_view(base64_encode(payload)));
  json.key("signatures").begin_array().begin_object();
  json.member("keyid", std::string_view(key.key_id()));
  json.member("sig", std::string_view(base64_encode(key.sign(encode_for_signing(payload_type, payload)))));
  json.end_object().end_array().end_object();
  json.finish();
  return out.str();
}

}  // namespace

void require_attestable(Origin origin, const Subject& subject) {
  if (origin == Origin::sandbox) refuse("this run was against the sandbox, which proves nothing");
  commit_of(subject);
}

std::string attest(const DecisionRecord& record, const std::string& record_sha256, const SigningKey& key) {
  const auto& inputs = record.inputs;
  require_attestable(inputs.origin, inputs.subject);
  if (!inputs.policy) refuse("the run ended before it had a policy");
  if (repository_of(inputs.subject).empty())
    refuse("the repository is not known", "give it with --repository");
  return write_envelope(StatementWriter(record, commit_of(inputs.subject), record_sha256).write(), key);
}

namespace {

void require_text(const JsonView& view, std::string_view key, std::string_view wanted) {
  const auto value = view.require_string(key);
  if (value == wanted) return;
  view.require(key).fail("'" + printable(value, 80) + "' is not '" + std::string(wanted) + "'");
}

/// The payload, once one of the signatures over it is the key's. Which key an envelope names is not signed,
/// so it is not asked.
std::string verified_payload(const JsonView& envelope, const VerifyingKey& key, const std::string& what) {
  require_text(envelope, "payloadType", payload_type);
  auto payload = base64_decode(envelope.require_string("payload"), what + ": /payload");
  const auto signatures = envelope.require("signatures");
  const auto items = signatures.items();
  if (items.empty()) signatures.fail("there is no signature");
  if (items.size() > most_signatures)
    signatures.fail("more than " + std::to_string(most_signatures) + " signatures");
  const auto signed_bytes = encode_for_signing(payload_type, payload);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto signature =
        base64_decode(items[i].require_string("sig"), what + ": /signatures/" + std::to_string(i) + "/sig");
    if (key.verify(signed_bytes, signature)) return payload;
  }
  throw ProofError(what + ": no signature is by the key " + key.key_id().substr(0, 16) + "...",
                   "it was changed after it was signed, or signed with another key");
}

/// The one element of an array.
JsonView only_item(const JsonView& array) {
  auto items = array.items();
  if (items.size() != 1) array.fail("has " + std::to_string(items.size()) + " entries instead of one");
  return items.front();
}

std::string require_digest(const JsonView& holder, std::string_view algorithm) {
  const auto digest = holder.require("digest");
  const std::string hex(digest.require_string(algorithm));
  const bool well_formed = algorithm == "gitCommit" ? is_commit(hex) : is_hex(hex, 64);
  if (!well_formed) digest.require(algorithm).fail("not a digest");
  return hex;
}

/// Reads what a statement says; that it is consistent in itself is part of reading it.
Attested read_statement(const JsonView& statement) {
  require_text(statement, "_type", statement_type);
  require_text(statement, "predicateType", predicate_type);
  Attested out;
  const auto subject = only_item(statement.require("subject"));
  out.repository = subject.require_string("name");
  out.commit = require_digest(subject, "gitCommit");
  const auto predicate = statement.require("predicate");
  require_text(predicate.require("verifier"), "id", verifier_id);
  predicate.require("timeVerified").as_instant();
  out.time = predicate.require_string("timeVerified");
  out.policy_sha256 = require_digest(predicate.require("policy"), "sha256");
  const auto input = only_item(predicate.require("inputAttestations"));
  require_text(input, "name", record_name);
  out.record_sha256 = require_digest(input, "sha256");
  const auto own = predicate.require(extension);
  out.outcome = own.require_string("outcome");
  out.origin = own.require_string("origin");
  out.mode = own.require_string("mode");
  for (const auto& type : own.require("scan_types").items())
    out.scan_types.emplace_back(type.as_string());
  out.baseline = own.require_string("baseline");
  if (std::ranges::find(baseline_words, std::string_view(out.baseline)) == baseline_words.end())
    own.require("baseline").fail("'" + printable(out.baseline, 40) + "' says not where it is from");
  out.api_url = own.optional_string("api_url").value_or("");
  const auto outcome = std::find(outcome_names.begin(), outcome_names.end(), out.outcome);
  if (outcome == outcome_names.end())
    predicate.require(extension).require("outcome").fail("'" + printable(out.outcome, 40) +
                                                         "' is no outcome");
  require_text(predicate, "verificationResult",
               result_of(static_cast<Outcome>(outcome - outcome_names.begin())));
  out.result = predicate.require_string("verificationResult");
  return out;
}

void check(const Attested& attested, const Expectation& expected, const std::string& what) {
  const auto fail = [&](const std::string& why) { throw ProofError(what + ": " + why); };
  const auto differs = [&](const char* thing, const std::string& is, const std::string& wanted) {
    if (is != wanted)
      fail(std::string("it is about ") + thing + " " + printable(is, 100) + ", not " +
           printable(wanted, 100));
  };
  if (!expected.commit.empty()) differs("commit", attested.commit, to_lower_ascii(expected.commit));
  if (!expected.policy_sha256.empty()) {
    differs("policy", attested.policy_sha256, to_lower_ascii(expected.policy_sha256));
    if (attested.mode != policy::name_of(policy::Mode::block))
      fail("every rule was capped to mode " + printable(attested.mode, 40) +
           ", which the policy does not say");
    if (attested.baseline != baseline_words.front())
      fail("its rules compared with a baseline that --baseline gave, which the policy does not say");
  }
  for (const auto type : expected.scan_types) {
    if (std::ranges::find(attested.scan_types, name_of(type)) == attested.scan_types.end())
      fail(std::string(name_of(type)) + " was not judged, which the policy names in scan.types");
  }
  if (!expected.repository.empty()) differs("repository", attested.repository, expected.repository);
  if (!expected.record_sha256.empty()) differs("record", attested.record_sha256, expected.record_sha256);
  if (expected.require_pass && attested.result != "PASSED")
    fail("its verdict is " + attested.outcome + " (" + attested.result + "), not a pass");
}

}  // namespace

Attested verify_attestation(std::string_view envelope, const VerifyingKey& key,
                            const Expectation& expectation, const std::string& what) {
  require_kind(envelope, "payloadType", what, "no signed decision",
               "one is what 'kolega-gate run' writes with --attest FILE and --signing-key KEY");
  const JsonLimits limits{.string_bytes = longest_envelope, .total_bytes = longest_envelope};
  const auto outer = parse_json(envelope, what, ErrorKind::input, limits);
  const auto payload = verified_payload(JsonView(outer, what, ErrorKind::input), key, what);
  const auto inner = parse_json(payload, what + ": payload", ErrorKind::input, limits);
  auto attested = read_statement(JsonView(inner, what + ": payload", ErrorKind::input));
  attested.key_id = key.key_id();
  check(attested, expectation, what);
  return attested;
}

}  // namespace kolega::gate
