#include "gate/replay.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "base/digest.hpp"
#include "support/inputs.hpp"

using namespace kolega;

namespace {

gate::DecisionRecord large_record() {
  test::InputsBuilder builder;
  builder.batch(test::complete_batch());
  for (int i = 0; i < 3000; ++i)
    builder.finding({.fingerprint = "f" + std::to_string(i), .message = std::string(100, 'm')});
  return builder.decide();
}

std::string written(const gate::DecisionRecord& record) {
  std::ostringstream out;
  gate::write_record(record, out);
  return out.str();
}

}  // namespace

TEST_CASE("the digest of a record is that of the bytes written") {
  const auto record = large_record();
  CHECK(gate::record_sha256(record) == sha256_hex(written(record)));
}

TEST_CASE("a policy that was written once stands in the record as one that is written anew") {
  auto without = large_record().inputs;
  without.policy.reset();
  for (const auto& record : {large_record(), gate::decide(std::move(without))}) {
    INFO(record.inputs.policy.has_value());
    std::ostringstream out;
    const auto digest = gate::write_digested(record, gate::write_policy_once(record.inputs.policy), out);
    CHECK(out.str() == written(record));
    CHECK(digest == gate::record_sha256(record));
  }
}

TEST_CASE("the first difference is found wherever it is, with line and path") {
  const auto record = large_record();
  const auto good = written(record);
  CHECK_FALSE(gate::find_difference(record, good));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    const auto at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    text.replace(at, from.size(), to);
    const auto difference = gate::find_difference(record, text);
    REQUIRE(difference);
    return *difference;
  };
  const auto outcome = with("\"outcome\": \"fail\"", "\"outcome\": \"pass\"");
  CHECK(outcome.path == "/outcome");
  CHECK(outcome.line == 4);
  CHECK(outcome.recorded == "\"outcome\": \"pass\",");
  CHECK(outcome.recomputed == "\"outcome\": \"fail\",");
  CHECK(with("\"fingerprint\": \"f2\"", "\"fingerprint\": \"g2\"").path.ends_with("/fingerprint"));
  // The last of the rows, beyond every buffer.
  const auto last = with("\"fingerprint\": \"f999\"", "\"fingerprint\": \"f99x\"");
  CHECK(last.path == "/findings/2999/fingerprint");
  CHECK(with("{\n", "{ \n").path.empty());
}

TEST_CASE("a text that ends early or goes on differs") {
  const auto record = large_record();
  const auto good = written(record);
  const auto cut = gate::find_difference(record, good.substr(0, good.size() - 1));
  REQUIRE(cut);
  CHECK(cut->recorded == "}");
  CHECK(gate::find_difference(record, good + "\n"));
  CHECK(gate::find_difference(record, std::string_view{}));
}
