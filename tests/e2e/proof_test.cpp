// Signed decisions, replay and verify from the outside: what must not pass comes first.
#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/signature.hpp"
#include "e2e/harness.hpp"
#include "support/keys.hpp"

using namespace kolega;

namespace {

const std::string commit = "0123456789abcdef0123456789abcdef01234567";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

/// A job of a CI that names repository and commit, and a pair of keys.
struct Job : test::World {
  test::KeyPair keys{test::ed25519_key()};
  Job() {
    set("GITLAB_CI", "true");
    set("CI_PROJECT_PATH", "acme/demo");
    set("CI_COMMIT_SHA", commit);
    write("key.pem", keys.private_pem);
    write("key.pub", keys.public_pem);
  }
  sys::ProcessResult evaluate(const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"evaluate", file, "--policy", "policy.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  /// record.json and envelope.json of one verdict.
  int attest(const std::string& file) {
    const auto result =
        evaluate(file, {"-o", "json=record.json", "--attest", "envelope.json", "--signing-key", "key.pem"});
    INFO(result.err);
    return result.exit_code;
  }
  sys::ProcessResult verify(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"verify", "envelope.json", "--key", "key.pub"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

void check(const sys::ProcessResult& result, int code, const std::string& phrase) {
  INFO(result.out);
  INFO(result.err);
  CHECK(result.exit_code == code);
  CHECK_MESSAGE(contains(result.err + result.out, phrase), phrase);
}

}  // namespace

TEST_CASE("--attest: what can be known is known before anything starts, and no key is shown") {
  Job job;
  const auto refuse = [&](std::vector<std::string> more, const std::string& phrase) {
    std::vector<std::string> words{"--attest", "envelope.json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = job.evaluate("good.sarif", words);
    check(result, 2, phrase);
    CHECK_FALSE(job.has("envelope.json"));
    CHECK_FALSE(contains(result.err, "PASS"));
    CHECK_FALSE(contains(result.err, "SECRET"));
  };
  refuse({}, "there is no key to sign with");
  refuse({"--signing-key", "none.pem"}, "none.pem");
  refuse({"--signing-key", "key.pub"}, "no PEM of a private key");
  refuse({"--signing-key", "-----BEGIN PRIVATE KEY-----SECRET"}, "every process can see arguments");
  job.write("locked.pem", test::pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "pw").private_pem);
  refuse({"--signing-key", "locked.pem"}, "passphrase");
  job.write("rsa.pem",
            test::pems_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})).private_pem);
  refuse({"--signing-key", "rsa.pem"}, "only Ed25519 and ECDSA");
  job.write("big.pem", std::string(70'000, 'A'));
  refuse({"--signing-key", "big.pem"}, "larger than");
  job.set("KOLEGA_SIGNING_KEY", "SECRET");
  refuse({}, "KOLEGA_SIGNING_KEY: the file that it names cannot be read");
  job.set("KOLEGA_SIGNING_KEY", "SECRET\nSECRET");
  refuse({}, "neither the path of a file nor a key in PEM");
  check(job.evaluate("good.sarif", {"--signing-key", "key.pem"}), 2, "without --attest");
  check(job.evaluate("good.sarif", {"--attest", "-", "--signing-key", "key.pem"}), 2, "path of a file");
}

TEST_CASE("--attest: a sandbox run and a run without a commit are refused before the scan") {
  Job job;
  const auto sandbox =
      job.run_feed("files: [good.sarif]", {"--attest", "envelope.json", "--signing-key", "key.pem"});
  check(sandbox, 2, "sandbox, which proves nothing");
  CHECK_FALSE(contains(sandbox.err, "started"));
  job.set("CI_COMMIT_SHA", "0123456");
  job.set("KOLEGA_TOKEN", "kcp_test_x");
  job.set("KOLEGA_API_URL", "http://127.0.0.1:1");
  check(job.run({"run", "--policy", "policy.yaml", "--attest", "e.json", "--signing-key", "key.pem"}), 2,
        "not the full id of a commit");
}

TEST_CASE("--attest: an envelope of an earlier run does not survive one that cannot be attested") {
  Job job;
  REQUIRE(job.attest("good.sarif") == 0);
  job.set("CI_COMMIT_SHA", "0123456");
  check(job.evaluate("good.sarif", {"--attest", "envelope.json", "--signing-key", "key.pem"}), 2,
        "no attestation can be made");
  CHECK(contains(job.read("envelope.json"), "no attestation can be made"));
  CHECK_FALSE(contains(job.read("envelope.json"), "signatures"));
  check(job.verify(), 2, "this is no signed decision");
}

TEST_CASE("--attest: PASSED and FAILED are both signed, over exactly the record that was written") {
  Job job;
  for (const auto& [file, code, word] :
       {std::tuple{"good.sarif", 0, "PASSED (pass)"}, std::tuple{"bad.sarif", 1, "FAILED (fail)"}}) {
    CAPTURE(file);
    REQUIRE(job.attest(file) == code);
    const auto result = job.verify({"--record", "record.json", "--policy", "policy.yaml", "--commit", commit,
                                    "--repository", "acme/demo"});
    check(result, code, word);
    CHECK(contains(result.out, sha256_hex(job.read("record.json"))));
    check(job.verify({"--allow-failed"}), 0, word);
    const auto json = job.verify({"--json", "--record", "record.json"});
    const auto tree = parse_json(json.out, "json", ErrorKind::input);
    const JsonView view(tree, "json", ErrorKind::input);
    CHECK(view.require_string("commit") == commit);
    CHECK(view.optional_strings("checked") == std::vector<std::string_view>{"signature", "record"});
    // Without a record beside it, the same one is meant.
    const auto at = parse_json(job.read("record.json"), "record", ErrorKind::input);
    const auto instant = JsonView(at, "record", ErrorKind::input).require_string("at");
    REQUIRE(job.evaluate(file, {"--attest", "envelope.json", "--signing-key", "key.pem", "--at", std::string(instant)})
                .exit_code == code);
    check(job.verify({"--record", "record.json"}), code, word);
  }
}

TEST_CASE("--attest: the key may be in the environment, as a path or as PEM") {
  Job job;
  for (const auto& value : {std::string("key.pem"), job.keys.private_pem, "\n" + job.keys.private_pem}) {
    job.set("KOLEGA_SIGNING_KEY", value);
    const auto result = job.evaluate("good.sarif", {"--attest", "envelope.json"});
    check(result, 0, "PASS");
    CHECK(job.verify().exit_code == 0);
  }
}

TEST_CASE("verify: exit 9 names exactly what does not hold") {
  Job job;
  REQUIRE(job.attest("good.sarif") == 0);
  check(job.verify({"--commit", std::string(40, 'a')}), 9, "it is about commit " + commit + ", not aaaa");
  check(job.verify({"--repository", "acme/other"}), 9, "it is about repository acme/demo, not acme/other");
  check(job.verify({"--policy", "builtin:strict"}), 9, "it is about policy");
  job.write("record2.json", job.read("record.json") + "\n");
  check(job.verify({"--record", "record2.json"}), 9, "it is about record");
  job.write("other.pub", test::ed25519_key().public_pem);
  check(job.run({"verify", "envelope.json", "--key", "other.pub"}), 9, "no signature is by the key");
  REQUIRE(job.evaluate("bad.sarif",
                       {"--mode", "observe", "--attest", "envelope.json", "--signing-key", "key.pem"})
              .exit_code == 0);
  check(job.verify(), 0, "every rule capped to observe");
  check(job.verify({"--policy", "policy.yaml"}), 9, "every rule was capped to mode observe");
  REQUIRE(job.attest("good.sarif") == 0);
  // A policy that says the same is the same policy, however it is written.
  job.write("policy2.yaml", "# a comment\n" + job.read("policy.yaml"));
  check(job.verify({"--policy", "policy2.yaml"}), 0, "PASSED");
}

TEST_CASE("verify: an envelope that was changed, and one that is none") {
  Job job;
  REQUIRE(job.attest("bad.sarif") == 1);
  const auto good = job.read("envelope.json");
  const auto tree = parse_json(good, "e", ErrorKind::input);
  const JsonView view(tree, "e", ErrorKind::input);
  const std::string coded(view.require_string("payload"));
  const auto payload = base64_decode(coded, "e");
  const auto with = [&](const std::string& text, int code, const std::string& phrase) {
    job.write("envelope.json", text);
    check(job.verify(), code, phrase);
  };
  auto forged = replaced(replaced(payload, "\"FAILED\"", "\"PASSED\""), "\"fail\"", "\"pass\"");
  with(replaced(good, coded, base64_encode(forged)), 9, "no signature is by the key");
  with(replaced(good, "\"signatures\": [", "\"signatures\": [{\"sig\": \"AAAA\"}, "), 1, "FAILED");
  with(good.substr(0, good.size() / 2), 2, "byte");
  with("", 2, "empty");
  with("null", 2, "envelope.json");
  with(std::string(17 * 1024 * 1024, ' '), 2, "larger than");
  with(job.read("record.json"), 2, "this is no signed decision");
  check(job.run({"verify", "none.json", "--key", "key.pub"}), 2, "none.json");
  check(job.run({"verify", "envelope.json"}), 2, "verify needs --key");
  check(job.run({"verify", "envelope.json", "--key", "policy.yaml"}), 2, "key");
  check(job.verify({"--commit", "0123"}), 2, "not the full id of a commit");
}

TEST_CASE("replay: the same bytes, with the exit code of the verdict") {
  Job job;
  for (const auto& [file, code] : {std::pair{"good.sarif", 0}, std::pair{"bad.sarif", 1}}) {
    REQUIRE(job.attest(file) == code);
    const auto result =
        job.run({"replay", "record.json", "-o", "json=again.json", "-o", "sarif=again.sarif"});
    check(result, code, "same bytes, sha256 " + sha256_hex(job.read("record.json")));
    CHECK(job.read("again.json") == job.read("record.json"));
    CHECK(job.has("again.sarif"));
    const auto piped = job.run_in_shell("cat record.json | \"$@\"", {"replay", "-"});
    check(piped, code, "same bytes");
  }
}

TEST_CASE("replay: an edited record is caught at its place, and the honest verdict is shown") {
  Job job;
  REQUIRE(job.attest("bad.sarif") == 1);
  const auto good = job.read("record.json");
  const auto with = [&](const std::string& from, const std::string& to, const std::string& phrase) {
    job.write("record.json", replaced(good, from, to));
    const auto result = job.run({"replay", "record.json", "-o", "json=again.json"});
    check(result, 9, phrase);
    CHECK(contains(result.err, "the record does not say what its facts give"));
    CHECK(contains(job.read("again.json"), "\"outcome\": \"fail\""));
  };
  with("\"outcome\": \"fail\"", "\"outcome\": \"pass\"", "record.json:4: /outcome: ");
  with("\"state\": \"broken\"", "\"state\": \"kept\"", "/rules/0/state");
  with("\"disposition\": \"active\"", "\"disposition\": \"waived\"", "/findings/0/judged/disposition");
  with("\"count\": 1", "\"count\": 0", "/rules/0/count");
  with("  \"tally\"", "  \"tally\" ", "/tally");
}

TEST_CASE("replay: facts that were changed too are consistent, and caught by the signature alone") {
  Job job;
  REQUIRE(job.attest("bad.sarif") == 1);
  job.write("record.json", replaced(job.read("record.json"), "\"severity\": \"high\", \"message\"",
                                    "\"severity\": \"low\", \"message\""));
  REQUIRE(job.run({"evaluate", "record.json", "--at", "2026-11-23T12:00:00Z", "-o", "json=forged.json"})
              .exit_code == 0);
  check(job.run({"replay", "forged.json"}), 0, "same bytes");
  check(job.verify({"--record", "forged.json"}), 9, "it is about record");
}

TEST_CASE("replay: a record of another version of the program or of the format") {
  Job job;
  REQUIRE(job.attest("good.sarif") == 0);
  const auto good = job.read("record.json");
  const auto at = good.find("\"version\": \"");
  const auto end = good.find('"', at + 12);
  auto older = good;
  older.replace(at, end - at, "\"version\": \"0.0.1");
  job.write("older.json", older);
  check(job.run({"replay", "older.json"}), 0, "it was written by version 0.0.1");
  job.write("older.json", replaced(older, "\"total\": 1", "\"total\": 2"));
  check(job.run({"replay", "older.json"}), 9, "replay it with the version that wrote it");
  job.write("newer.json", replaced(replaced(good, "record/v1", "record/v2"), "\"fingerprint\"", "\"print\""));
  check(job.run({"replay", "newer.json"}), 2, "another version of kolega-gate wrote it");
}

TEST_CASE("replay: what cannot be read, and other moments") {
  Job job;
  REQUIRE(job.attest("good.sarif") == 0);
  const auto good = job.read("record.json");
  check(job.run({"replay", "none.json"}), 2, "none.json");
  check(job.run({"replay", "good.sarif"}), 2, "this is no decision record");
  job.write("cut.json", good.substr(0, good.size() - 40));
  check(job.run({"replay", "cut.json"}), 2, "cut.json");
  check(job.run({"replay", "record.json", "--at", "tomorrow"}), 2, "neither 'now' nor an instant");
  check(job.run({"replay", "record.json", "--at", "2030-01-01T00:00:00Z"}), 0, "as of 2030-01-01T00:00:00Z");
  check(job.run({"replay", "record.json", "--at", "now"}), 0, "as of ");
}

TEST_CASE("run --attest over HTTP signs the record of the run; what-if judges it later and starts nothing") {
  Job job;
  job.configure("files: [bad.sarif]");
  const test::SandboxProcess sandbox(job, {"--config", "sandbox.yaml"});
  job.set("KOLEGA_API_URL", sandbox.url());
  job.set("KOLEGA_TOKEN", sandbox.token());
  check(job.run({"run", "--policy", "policy.yaml", "-o", "json=record.json", "--attest", "envelope.json",
                 "--signing-key", "key.pem"}),
        1, "FAIL");
  check(job.verify({"--record", "record.json", "--policy", "policy.yaml", "--commit", commit}), 1,
        "of scans by " + sandbox.url());
  check(job.run({"replay", "record.json"}), 1, "same bytes");

  const auto quota = job.run({"quota", "--json"}).out;
  const auto scans = job.run({"scans", "list", "--json"}).out;
  job.write("lenient.yaml",
            "gate: v1\nname: lenient\nscan: {types: [semgrep_scan]}\nthresholds: {critical: 0}\n");
  check(job.run({"what-if", "--policy", "lenient.yaml", "--against", "policy.yaml", "--last", "3"}), 0,
        "1 judged: 0 the same, 0 stricter, 1 milder");
  const auto json =
      job.run({"what-if", "--policy", "lenient.yaml", "--against", "policy.yaml", "--all", "--json"});
  check(json, 0, "\"change\": \"milder\"");
  CHECK(job.run({"quota", "--json"}).out == quota);
  CHECK(job.run({"scans", "list", "--json"}).out == scans);
  check(job.run({"what-if", "--policy", "lenient.yaml"}), 2, "no current policy to compare with");
  check(job.run(
            {"what-if", "--policy", "lenient.yaml", "--against", "policy.yaml", "--repository", "acme/none"}),
        4, "acme/none");
}
