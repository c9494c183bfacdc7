// Baselines and changes inside a record: written, read back, refused where they were edited.
#include "gate/scope_world.hpp"

#include <sstream>

#include "base/error.hpp"
#include "gate/places.hpp"

using namespace kolega;
using namespace kolega::test::scope;
using test::Row;

namespace {

std::string bytes(const gate::DecisionRecord& record) {
  std::ostringstream out;
  gate::write_record(record, out);
  return out.str();
}

}  // namespace

TEST_CASE("record: baseline and changes replay to the same bytes, with origin and digest of the originals") {
  auto secret = entry("s");
  secret.scan_type = ScanType::secrets_scan;
  auto tagged = entry("f1");
  tagged.cwe = {79};
  tagged.owasp = {"A03:2021"};
  const auto policy = policy_with(nothing_new + ", {id: c, scope: changed_lines}");
  const auto record =
      judge(policy, {{.fingerprint = "f1", .line = 3}, {.fingerprint = "f2", .path = "lib/sub/x.c"}},
            baseline_with({tagged, secret, entry("f7", "src/old.c")}),
            changes_with({{.path = "README", .lines = {{1, 2}}},
                          {.path = "lib/sub", .kind = ChangedFile::Kind::submodule},
                          {.path = "src/a.c", .lines = {{3, 4}, {9, 9}}},
                          {.path = "src/new.c",
                           .old_path = "src/old.c",
                           .kind = ChangedFile::Kind::renamed,
                           .binary = true}}));
  const auto text = bytes(record);
  CHECK(text == bytes(gate::decide(gate::read_record(text, "record"))));
  const auto back = gate::read_record(text, "record");
  CHECK(back.baseline->sha256 == std::string(64, '0'));
  CHECK(back.baseline->origin == "file:b.json");
  CHECK(back.changes->sha256 == std::string(64, '1'));
  CHECK_MESSAGE(back.baseline->entries.size() == 2, "what no rule can ask for is left out");
  REQUIRE(back.changes->files.size() == 3);
  CHECK(back.changes->files[0].path == "lib/sub");
}

TEST_CASE("record: what is missing replays too") {
  auto builder =
      world(policy_with(nothing_new + ", {id: c, scope: changed_files}", "learn"), {{.fingerprint = "f1"}});
  builder.inputs().no_baseline = {
      .none_yet = true, .cause = Cause::api, .detail = "none", .hint = "write it"};
  builder.inputs().no_changes = {.detail = "shallow", .hint = "fetch"};
  const auto text = bytes(builder.decide());
  CHECK(text == bytes(gate::decide(gate::read_record(text, "record"))));
}

TEST_CASE("record: what is said of paths that count from different folders is said once, however often it is replayed") {
  auto builder = world(policy_with(nothing_new + ", {id: c, scope: changed_files}"), {{.fingerprint = "f1"}});
  builder.inputs().baseline = baseline_with({entry("f2", "services/pay/src/old.c")});
  builder.inputs().changes = changes_with({{.path = "services/pay/src/a.c",
                                            .old_path = "services/pay/src/old.c",
                                            .kind = ChangedFile::Kind::renamed}});
  gate::note_other_root(builder.inputs());
  const auto record = builder.decide();
  REQUIRE(record.inputs.notes.size() == 1);
  CHECK(record.inputs.notes[0].find("both must count from the root") != std::string::npos);
  const auto text = bytes(record);
  const auto again = gate::decide(gate::read_record(text, "record"));
  CHECK(text == bytes(again));
  CHECK(again.inputs.changes->files.size() == 1);
}

TEST_CASE("record: a baseline or changes that were edited are refused by place") {
  const auto record = judge(policy_with(nothing_new + ", {id: c, scope: changed_lines}"),
                            {{.fingerprint = "f1"}}, baseline_with({entry("f1"), entry("f2")}),
                            changes_with({{.path = "src/a.c", .lines = {{3, 4}}}}));
  const auto text = bytes(record);
  const auto with = [&](const std::string& from, const std::string& to) {
    auto edited = text;
    const auto at = edited.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    edited.replace(at, from.size(), to);
    try {
      gate::read_record(edited, "r.json");
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("accepted");
  };
  CHECK(with("\"count\": 1}", "\"count\": 0}").find("/baseline/entries/0/count") != std::string::npos);
  CHECK(with("\"fingerprint\": \"f1\"", "\"fingerprint\": \"f3\"").find("out of order") != std::string::npos);
  CHECK(with("[3, 4]", "[4, 3]").find("lines out of order") != std::string::npos);
  CHECK(with("[3, 4]", "[0, 4]").find("out of range") != std::string::npos);
  CHECK(with("\"modified\"", "\"moved\"").find("no kind of change") != std::string::npos);
}
