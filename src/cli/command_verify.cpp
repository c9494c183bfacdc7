// A signed decision checked: envelope, signature, and what it is about.
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/policy_file.hpp"
#include "cli/text_table.hpp"
#include "gate/attestation.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

constexpr std::uint64_t largest_envelope = 16 * 1024 * 1024;
constexpr std::uint64_t largest_key = 64 * 1024;
constexpr int verdict_failed = 1;

std::string digest_of_file(const std::string& path) {
  const sys::MappedFile mapped(path, ErrorKind::input);
  Sha256 digest;
  const TextSource source(mapped.text(), [&](std::size_t bytes) { mapped.release(bytes); });
  source.read([&](std::string_view part) { digest.update(part); });
  return digest.finish_hex();
}

/// A whole commit id: an abbreviation is not what was signed.
std::string resolve_commit(const Invocation& invocation) {
  const auto text = to_lower_ascii(resolve_text(invocation, "commit"));
  if (text.empty()) return {};
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || (text.size() != 40 && text.size() != 64)) {
    throw Error(ErrorKind::usage, "--commit: '" + printable(text, 80) + "' is not the full id of a commit",
                "git rev-parse HEAD prints it");
  }
  return text;
}

gate::Expectation resolve_expectation(const Invocation& invocation) {
  gate::Expectation expected{.commit = resolve_commit(invocation),
                             .repository = resolve_text(invocation, "repository"),
                             .require_pass = false};
  if (const auto policy = resolve_text(invocation, "policy"); !policy.empty()) {
    const auto source = find_policy(policy, invocation.system.working_directory);
    const auto loaded = load_policy(source, invocation);
    expected.policy_sha256 = policy::digest(loaded);
    expected.scan_types = loaded.scan.types;
  }
  if (const auto record = resolve_text(invocation, "record"); !record.empty())
    expected.record_sha256 = digest_of_file(record);
  return expected;
}

/// What was asked for is verified; the rest is only what the signer says.
std::string verified(const std::string& value, bool checked) {
  return value + (checked ? "  (as expected)" : "");
}

void show(const Invocation& invocation, const gate::Attested& attested, const gate::Expectation& expected) {
  write_facts(invocation.streams.out,
              {{"signature", "good, by key " + attested.key_id},
               {"result", attested.result + " (" + attested.outcome + ")"},
               {"repository", verified(attested.repository, !expected.repository.empty())},
               {"commit", verified(attested.commit, !expected.commit.empty())},
               {"policy", verified("sha256 " + attested.policy_sha256, !expected.policy_sha256.empty())},
               {"record", verified("sha256 " + attested.record_sha256, !expected.record_sha256.empty())},
               {"findings", attested.origin == "live" ? "of scans by " + attested.api_url : "of saved files"},
               {"scan types", join(attested.scan_types, ", ")},
               {"baseline", attested.baseline == "policy" ? "" : "by --baseline, not the policy's"},
               {"mode", attested.mode == "block" ? "" : "every rule capped to " + attested.mode},
               {"time", attested.time}},
              table_columns(invocation.system));
}

void show_json(const Invocation& invocation, const gate::Attested& attested,
               const gate::Expectation& expected) {
  JsonWriter json(invocation.streams.out.bytes(), JsonWriter::Style::pretty);
  const auto member = [&json](std::string_view key, const std::string& value) {
    json.member(key, std::string_view(value));
  };
  json.begin_object();
  member("result", attested.result);
  member("outcome", attested.outcome);
  member("repository", attested.repository);
  member("commit", attested.commit);
  member("policy_sha256", attested.policy_sha256);
  member("record_sha256", attested.record_sha256);
  member("origin", attested.origin);
  member("api_url", attested.api_url);
  member("mode", attested.mode);
  json.key("scan_types").one_line().begin_array();
  for (const auto& type : attested.scan_types) json.value(std::string_view(type));
  json.end_array();
  member("baseline", attested.baseline);
  member("time", attested.time);
  member("key_id", attested.key_id);
  json.key("checked").one_line().begin_array().value("signature");
  if (!expected.repository.empty()) json.value("repository");
  if (!expected.commit.empty()) json.value("commit");
  if (!expected.policy_sha256.empty()) json.value("policy");
  if (!expected.record_sha256.empty()) json.value("record");
  json.end_array().end_object();
  json.finish();
}

int run(const Invocation& invocation) {
  const auto key_file = resolve_text(invocation, "key");
  if (key_file.empty())
    throw Error(ErrorKind::usage, "verify needs --key", "the public key of who signs: --key signer.pub");
  const VerifyingKey key(sys::read_file(key_file, ErrorKind::usage, largest_key), "public key " + printable(key_file, 200));
  const auto& file = invocation.arguments.positionals().front();
  const auto expected = resolve_expectation(invocation);
  const auto envelope = sys::read_file(file, ErrorKind::input, largest_envelope);
  const auto shown = printable(file == "-" ? "standard input" : file);
  const auto attested = gate::verify_attestation(envelope, key, expected, shown);
  if (invocation.arguments.has("json")) {
    show_json(invocation, attested, expected);
  } else {
    show(invocation, attested, expected);
  }
  return attested.result == "PASSED" || invocation.arguments.has("allow-failed") ? 0 : verdict_failed;
}

std::vector<Option> own_options() {
  return {{.names = "--key", .value = "FILE", .help = "public key in PEM of who must have signed"},
          {.names = "--record", .value = "FILE", .help = "the decision record that it must be about"},
          {.names = "--policy",
           .value = "FILE",
           .help = "the policy, or builtin:NAME, that must have decided, with its own modes, scan types and "
                   "baseline; compared by what it says, not by its spelling"},
          {.names = "--commit", .value = "SHA", .help = "the full id of the commit that it must be about"},
          {.names = "--repository", .value = "OWNER/NAME", .help = "the repository that it must be about"},
          {.names = "--allow-failed", .help = "exit 0 for a good signature under a FAILED verdict, too"},
          {.names = "--json", .help = "print what was verified as JSON on standard output"}};
}

}  // namespace

Command command_verify() {
  return {
      .name = "verify",
      .summary = "check a signed decision: signature, commit, policy, record",
      .description =
          "Checks the envelope that --attest wrote and prints what it says. Exit codes: 0 verified, and the "
          "verdict is PASSED; 1 verified, and the verdict is FAILED; 2 a file cannot be read or is no such "
          "envelope; 9 the signature is not by this key, or it is about something else than is expected. "
          "What "
          "is not named by an option is shown, not compared: in a deployment give at least --commit and "
          "--repository.",
      .options = options_of({own_options(), output_options()}),
      .positional = {.name = "ENVELOPE",
                     .help = "the signed decision; - is standard input",
                     .required = true},
      .examples = {{"verify decision.intoto.json --key gate.pub --commit SHA",
                    "before a deployment: this commit passed"},
                   {"verify decision.intoto.json --key gate.pub --record decision.json --policy policy.yaml",
                    "in an audit: this record, decided by this policy"}},
      .run = run,
  };
}

}  // namespace kolega::cli
