#include "fleet/result.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "fleet/samples.hpp"

using namespace kolega;

namespace {

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.message();
  }
  return "no error";
}

std::string reading(const std::string& line) {
  return message_of([&] { (void)fleet::read_result(line, "results.jsonl:7"); });
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from, " is not in ", text);
  return text.replace(at, from.size(), to);
}

fleet::Result result_with_record(const std::string& sample) {
  auto judged = test::judged(sample, "r-01");
  judged.result.record = fleet::RecordMark{"records/r-01.json", std::string(64, 'a')};
  return judged.result;
}

}  // namespace

TEST_CASE("every sample's result reads back as itself") {
  for (const auto& sample : test::sample_records()) {
    INFO(sample.name);
    const auto result = result_with_record(sample.name);
    const auto line = fleet::write_result(result);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(fleet::write_result(fleet::read_result(line, "x")) == line);
  }
}

TEST_CASE("a result without a record reads back as itself") {
  auto result = test::failed_result("r-01", 4, "hostile \"\\\n\x1b[31m ::error:: text");
  result.state = fleet::State::not_started;
  result.causes.push_back({Cause::auth, "detail", "hint", false});
  result.batches.push_back({"b-1", ScanType::secrets_scan, "running", gate::Grade::timeout});
  CHECK(fleet::read_result(fleet::write_result(result), "x") == result);
}

TEST_CASE("a result names what the record says") {
  const auto judged = test::judged("fail", "r-01");
  CHECK(judged.result.state == fleet::State::judged);
  CHECK(judged.result.outcome == gate::Outcome::fail);
  CHECK(judged.result.exit_code == 1);
  CHECK(judged.result.rules.size() == judged.record.verdict.rules.size());
  CHECK(judged.result.by_severity == judged.record.verdict.tally.by_severity);
}

TEST_CASE("only a verdict that rests on everything is settled") {
  CHECK(fleet::settled(result_with_record("pass")));
  CHECK(fleet::settled(result_with_record("fail")));
  CHECK(!fleet::settled(test::failed_result("r-01")));
  auto incomplete = result_with_record("pass");
  incomplete.outcome = gate::Outcome::incomplete;
  CHECK(!fleet::settled(incomplete));
}

TEST_CASE("hostile lines are refused with their place") {
  const auto pass = fleet::write_result(result_with_record("pass"));
  const auto failed = fleet::write_result(test::failed_result("r-01"));
  CHECK(reading(pass) == "no error");
  CHECK(reading("") == "results.jsonl:7: the document is empty");
  CHECK(reading("[]").starts_with("results.jsonl:7: "));
  CHECK(reading(pass + "{}").starts_with("results.jsonl:7: text behind the end"));
  CHECK(reading(replaced(pass, "\"r-01\"", "\"../../etc/x\"")) ==
        "results.jsonl:7: /repository_id: not a usable id: '../../etc/x'");
  CHECK(reading(replaced(pass, "records/r-01.json", "records/../r-01.json")) ==
        "results.jsonl:7: /record/path: 'records/../r-01.json' is not records/r-01.json");
  CHECK(reading(replaced(pass, std::string(64, 'a'), "aa")).find("/record/sha256") != std::string::npos);
  CHECK(reading(replaced(pass, "\"exit_code\":0", "\"exit_code\":6")).find("no exit code") != std::string::npos);
  CHECK(reading(replaced(failed, "\"exit_code\":5", "\"exit_code\":0")).find("no exit code") != std::string::npos);
  CHECK(reading(replaced(failed, "\"exit_code\":5", "\"exit_code\":1")).find("no exit code") != std::string::npos);
  CHECK(reading(replaced(failed, "\"exit_code\":5", "\"exit_code\":500")).find("out of range") != std::string::npos);
  CHECK(reading(replaced(failed, "\"exit_code\":5", "\"exit_code\":-1")).find("out of range") != std::string::npos);
  CHECK(reading(replaced(failed, "\"state\":\"failed\"", "\"state\":\"judged\"")) ==
        "results.jsonl:7: a judged repository without a record");
  CHECK(reading(replaced(pass, "\"state\":\"judged\"", "\"state\":\"failed\"")) ==
        "results.jsonl:7: /outcome: a verdict without a record");
  CHECK(reading(replaced(pass, "\"state\":\"judged\"", "\"state\":\"done\"")).find("none of its words") !=
        std::string::npos);
  CHECK(reading(replaced(failed, "the API is away", "")) == "results.jsonl:7: neither a verdict nor an error");
  CHECK(reading(replaced(pass, "\"findings\":", "\"findings\":-")).find("/findings: out of range") !=
        std::string::npos);
  CHECK(reading(replaced(pass, "\"repository_id\"", "\"repository_id\":\"r-02\",\"repository_id\"")).find("duplicate") !=
        std::string::npos);
}

TEST_CASE("no id can leave the folder") {
  CHECK(fleet::record_path("r-1") == "records/r-1.json");
  for (const auto* id : {"", ".", "..", "a/b", "-x", "a\nb", "\xff"}) CHECK_THROWS_AS(fleet::record_path(id), Error);
}

TEST_CASE("a header reads back as itself") {
  auto header = test::sample_header(5, {2, 3}, {{"p", std::string(64, 'b')}});
  header.origin = gate::Origin::sandbox;
  header.selection[1].name = "hostile \"\n|<b>";
  CHECK(fleet::read_header(fleet::write_header(header), "fleet.json") == header);
}

TEST_CASE("a header whose selection was touched is refused") {
  const auto text = fleet::write_header(test::sample_header(3, {1, 2}));
  const auto reading = [](const std::string& touched) {
    return message_of([&] { (void)fleet::read_header(touched, "fleet.json"); });
  };
  CHECK(reading(text) == "no error");
  CHECK(reading(replaced(text, "service-02", "service-99")) ==
        "fleet.json: /selection/digest: it is not the digest of the repositories that follow");
  CHECK(reading(replaced(text, "\"count\": 3", "\"count\": 4")) ==
        "fleet.json: /selection/count: 3 repositories follow");
  CHECK(reading(replaced(text, "\"id\": \"r-02\"", "\"id\": \"r-01\"")).find("each once") != std::string::npos);
  CHECK(reading(replaced(text, "fleet/v1", "fleet/v2")).find("/format") != std::string::npos);
  CHECK(reading(replaced(text, "\"number\": 1", "\"number\": 3")).find("/shard/number: out of range") !=
        std::string::npos);
  CHECK(reading(replaced(text, "\"number\": 1", "\"number\": 0")).find("count from 1") != std::string::npos);
}

TEST_CASE("equal selections have equal digests, others have not") {
  const auto one = test::sample_header(3).selection;
  auto other = one;
  CHECK(fleet::selection_digest(one) == fleet::selection_digest(other));
  other[0].shard = 2;
  CHECK(fleet::selection_digest(one) != fleet::selection_digest(other));
}
