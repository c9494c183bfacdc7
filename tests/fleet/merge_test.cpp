#include "fleet/merge.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "base/error.hpp"
#include "fleet/fleets.hpp"

using namespace kolega;

namespace {

struct Shards {
  explicit Shards(std::uint32_t of) {
    for (std::uint32_t i = 1; i <= of; ++i) {
      paths.push_back(dir.file("shard-" + std::to_string(i)));
      test::write_shard(paths.back(), {i, of});
    }
  }
  test::TempDir dir;
  std::vector<std::string> paths;
};

void write_empty(const std::string& path, fleet::Header header) { const fleet::OutputFolder folder(path, header); }

Error refusal(const std::vector<std::string>& folders) {
  try {
    (void)fleet::merge_folders(folders);
  } catch (const Error& error) {
    return error;
  }
  FAIL("joined");
  return Error(ErrorKind::internal, "");
}

void replace_in(const std::string& path, const std::string& from, const std::string& to) {
  auto text = test::slurp(path);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  std::ofstream(path, std::ios::binary) << text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("shards join to what one run over all would say") {
  const Shards whole(1);
  const Shards three(3);
  const auto one = fleet::merge_folders(whole.paths);
  const auto joined = fleet::merge_folders({three.paths[2], three.paths[0], three.paths[1]});
  CHECK(joined.missing.empty());
  CHECK(joined.selected.size() == one.selected.size());
  const auto a = fleet::summarise(one, cli::stricter);
  const auto b = fleet::summarise(joined, cli::stricter);
  CHECK(a.exit_code == b.exit_code);
  CHECK(a.outcomes == b.outcomes);
  CHECK(a.by_severity == b.by_severity);
  REQUIRE(a.rows.size() == b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) CHECK(a.rows[i].selected->id == b.rows[i].selected->id);
  CHECK(a.without_result == 1);
}

TEST_CASE("a missing shard leaves the fleet incomplete and its repositories named") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  const auto header = test::sample_header(4, {1, 2}, {test::mark_of(judged.record)});
  {
    fleet::OutputFolder folder(dir.file("a"), header);
    test::add_to(folder, judged);
    test::add_to(folder, test::judged("pass", "r-03"));
  }
  const auto fleet = fleet::merge_folders({dir.file("a")});
  CHECK(fleet.missing == std::vector<std::uint32_t>{2});
  const auto summary = fleet::summarise(fleet, cli::stricter);
  CHECK(summary.exit_code == 6);
  CHECK(summary.without_result == 2);
  CHECK(fleet::name_of(summary.rows[0]) == "shop/service-02");
  CHECK(fleet::describe(fleet, summary.rows[0]) == "no result: shard 2 is missing");
}

TEST_CASE("what contradicts itself is refused and both sides are named") {
  const test::TempDir dir;
  const auto a = dir.file("a");
  const auto b = dir.file("b");
  write_empty(a, test::sample_header(4, {1, 2}));
  const auto refused = [&](const fleet::Header& header) {
    std::filesystem::remove_all(b);
    write_empty(b, header);
    const auto error = refusal({a, b});
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message().starts_with("cannot join " + a + " and " + b + ": "));
    return error.message().substr(error.message().find(b + ": ") + b.size() + 2);
  };
  CHECK(refused(test::sample_header(4, {1, 2})) == "both are shard 1/2");
  CHECK(refused(test::sample_header(4, {2, 3})) == "the one is shard 1/2, the other shard 2/3");
  CHECK(refused(test::sample_header(5, {2, 2})) ==
        "they are of two selections: " + b + " alone has shop/service-05 (r-05)");
  auto renamed = test::sample_header(4, {2, 2});
  renamed.selection[2].name = "shop/other";
  CHECK(refused(renamed) == "they are of two selections: " + a + " alone has shop/service-03 (r-03)");
  CHECK(refused(test::sample_header(4, {2, 2}, {{"strict", std::string(64, 'b')}})) ==
        "only " + b + " knows the policy strict (bbbbbbbbbbbb)");
  auto elsewhere = test::sample_header(4, {2, 2});
  elsewhere.api_url = "https://other.example";
  CHECK(refused(elsewhere) == "the one is about https://api.kolega.dev, the other about https://other.example");
  auto sandbox = test::sample_header(4, {2, 2});
  sandbox.origin = gate::Origin::sandbox;
  CHECK(refused(sandbox) == "one of both is about the sandbox");
}

TEST_CASE("a folder given twice is told, wherever it stands") {
  const Shards three(3);
  const auto error = refusal({three.paths[0], three.paths[1], three.paths[1] + "/"});
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message() ==
        "cannot join " + three.paths[1] + " and " + three.paths[1] + ": both are shard 2/3");
}

TEST_CASE("different versions are told, not refused") {
  const test::TempDir dir;
  write_empty(dir.file("a"), test::sample_header(2, {1, 2}));
  auto other = test::sample_header(2, {2, 2});
  other.tool_version = "1.3.0";
  write_empty(dir.file("b"), other);
  const auto fleet = fleet::merge_folders({dir.file("a"), dir.file("b")});
  REQUIRE(fleet.notes.size() == 1);
  CHECK(fleet.notes[0] == "the shards were judged by different versions of the program: 1.2.3, 1.3.0");
}

TEST_CASE("a record or a result that was changed afterwards is found out") {
  const test::TempDir dir;
  const auto judged = test::judged("fail", "r-01");
  const auto write = [&] {
    std::filesystem::remove_all(dir.file("a"));
    fleet::OutputFolder folder(dir.file("a"), test::sample_header(1, {}, {test::mark_of(judged.record)}));
    return test::add_to(folder, judged);
  };
  auto result = write();
  CHECK(fleet::summarise(fleet::merge_folders({dir.file("a")}), cli::stricter).exit_code == 1);
  replace_in(dir.file("a/records/r-01.json"), "shop/r-01", "shop/r-99");
  CHECK(refusal({dir.file("a")}).message().find("its SHA-256 is not the one") != std::string::npos);
  result = write();
  result.outcome = gate::Outcome::pass;
  result.exit_code = 0;
  dir.write("a/results.jsonl", fleet::write_result(result) + "\n");
  CHECK(refusal({dir.file("a")}).message().find("its facts give fail, results.jsonl tells pass") != std::string::npos);
  const auto edited = [&](const std::function<void(fleet::Result&)>& edit) {
    auto told = write();
    edit(told);
    dir.write("a/results.jsonl", fleet::write_result(told) + "\n");
    const auto message = refusal({dir.file("a")}).message();
    const auto at = message.find("records/r-01.json: ");
    return at == std::string::npos ? message : message.substr(at + 19);
  };
  const auto differs = [](const std::string& what) { return "its facts give other " + what + " than results.jsonl tells"; };
  CHECK(edited([](auto& told) { told.findings = 0; }) == differs("findings"));
  CHECK(edited([](auto& told) { told.by_severity = {}; }) == differs("counts by severity"));
  CHECK(edited([](auto& told) { told.by_disposition = {}; }) == differs("counts by disposition"));
  CHECK(edited([](auto& told) { told.rules.front().count = 0; }) == differs("rules"));
  CHECK(edited([](auto& told) { told.rules.clear(); }) == differs("rules"));
  CHECK(edited([](auto& told) { told.batches.clear(); }) == differs("scan batches"));
  CHECK(edited([](auto& told) { told.causes.push_back({Cause::api, "", "", false}); }) == differs("causes"));
  write();
  std::filesystem::remove(dir.file("a/records/r-01.json"));
  CHECK(refusal({dir.file("a")}).kind() == ErrorKind::input);
}

TEST_CASE("a shard that no repository falls to proves nothing, and takes nothing from the others") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  for (const std::uint32_t number : {1, 2}) {
    const auto path = dir.file(std::to_string(number));
    fleet::OutputFolder folder(path, test::sample_header(1, {number, 2}, {test::mark_of(judged.record)}));
    if (number == 1) test::add_to(folder, judged);
  }
  CHECK(fleet::summarise(fleet::merge_folders({dir.file("1"), dir.file("2")}), cli::stricter).exit_code == 0);
  const auto alone = fleet::read_folder(dir.file("2"));
  const auto summary = fleet::summarise(fleet::fleet_of(alone.path, alone.header, {}, {}), cli::stricter);
  CHECK(summary.exit_code == 6);
  CHECK(fleet::describe(summary) == "no repository falls to this part, so nothing is proven");
}

TEST_CASE("a record of a sandbox proves nothing of a fleet that is not about one") {
  const test::TempDir dir;
  auto judged = test::judged("pass", "r-01");
  auto inputs = judged.record.inputs;
  inputs.origin = gate::Origin::sandbox;
  judged.record = gate::decide(std::move(inputs));
  {
    fleet::OutputFolder folder(dir.file("a"), test::sample_header(1, {}, {test::mark_of(judged.record)}));
    test::add_to(folder, judged);
  }
  CHECK(refusal({dir.file("a")}).message().find("one of both, it and fleet.json, is about the sandbox") !=
        std::string::npos);
}

TEST_CASE("a record of another repository does not stand in") {
  const test::TempDir dir;
  auto judged = test::judged("pass", "r-02");
  {
    fleet::OutputFolder folder(dir.file("a"), test::sample_header(1, {}, {test::mark_of(judged.record)}));
    auto result = judged.result;
    result.repository_id = "r-01";
    auto draft = folder.draft_record("r-01", judged.record, gate::write_policy_once(judged.record.inputs.policy));
    result.record = draft.mark;
    test::add_to(folder, result, std::move(draft.file));
  }
  CHECK(refusal({dir.file("a")}).message().find("it is about the repository 'r-02'") != std::string::npos);
}
