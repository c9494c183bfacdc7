#include "fleet/output_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "fleet/samples.hpp"

using namespace kolega;

namespace {

Error error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return Error(ErrorKind::internal, "");
}

std::string reading(const test::TempDir& dir) {
  const auto error = error_of([&] { (void)fleet::read_folder(dir.path().string()); });
  CHECK(error.kind() == ErrorKind::input);
  return error.message();
}

void append(const test::TempDir& dir, const std::string& file, const std::string& text) {
  std::ofstream(dir.file(file), std::ios::binary | std::ios::app) << text;
}

fleet::Header header_for(const test::Judged& judged, std::size_t count = 3, fleet::Shard shard = {}) {
  return test::sample_header(count, shard, {test::mark_of(judged.record)});
}

}  // namespace

TEST_CASE("what was written into a folder is read out of it") {
  const test::TempDir dir;
  const auto judged = test::judged("fail", "r-01");
  fleet::Result first;
  {
    fleet::OutputFolder folder(dir.file("out/"), header_for(judged));
    CHECK(folder.take_earlier().results.empty());
    first = test::add_to(folder, judged);
    test::add_to(folder, test::failed_result("r-02"));
  }
  const auto folder = fleet::read_folder(dir.file("out"));
  CHECK(folder.header == header_for(judged));
  REQUIRE(folder.results.size() == 2);
  CHECK(folder.results[0] == first);
  CHECK(folder.notes.empty());
  CHECK(fleet::read_record_bytes(dir.file("out"), first) == test::slurp(dir.file("out/records/r-01.json")));
}

TEST_CASE("a run goes on where a killed one ended") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  const auto header = header_for(judged);
  const auto at = *parse_instant("2026-11-23T12:00:01Z");
  const fleet::BatchEntry intent{"r-02", ScanType::semgrep_scan, fleet::BatchEntry::Step::intent, "", at};
  const fleet::BatchEntry begun{"r-02", ScanType::semgrep_scan, fleet::BatchEntry::Step::begun, "b-2", at};
  {
    fleet::OutputFolder folder(dir.file("out"), header);
    test::add_to(folder, judged);
    folder.note({intent}, true);
    folder.note({begun}, false);
    test::add_to(folder, test::failed_result("r-02"));
  }
  append(dir, "out/results.jsonl", R"({"repository_id":"r-03","repo)");
  append(dir, "out/journal.jsonl", R"({"repository_id)");
  CHECK(fleet::read_folder(dir.file("out")).notes.size() == 1);
  auto later = header;
  later.tool_version = "9.9.9";
  later.started_at += std::chrono::hours(1);
  fleet::OutputFolder folder(dir.file("out"), later);
  CHECK(folder.header() == header);
  const auto earlier = folder.take_earlier();
  CHECK(earlier.results.size() == 2);
  CHECK(earlier.batches == std::vector<fleet::BatchEntry>{intent, begun});
  test::add_to(folder, test::failed_result("r-03"));
  test::add_to(folder, test::judged("pass", "r-02"));
  const auto read = fleet::read_folder(dir.file("out"));
  REQUIRE(read.results.size() == 3);
  CHECK(read.notes.empty());
  CHECK(read.results[2].repository_id == "r-02");
  CHECK(fleet::settled(read.results[2]));
}

TEST_CASE("a folder is held by one run") {
  const test::TempDir dir;
  const fleet::OutputFolder folder(dir.file("out"), test::sample_header(1));
  const auto error = error_of([&] { fleet::OutputFolder(dir.file("out"), test::sample_header(1)); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message().find("another process holds") != std::string::npos);
}

TEST_CASE("a folder of another run is not gone on with") {
  const test::TempDir dir;
  { const fleet::OutputFolder folder(dir.file("out"), test::sample_header(4, {1, 2})); }
  const auto refusal = [&](const fleet::Header& header) {
    const auto error = error_of([&] { fleet::OutputFolder(dir.file("out"), header); });
    CHECK(error.kind() == ErrorKind::usage);
    return error.message().substr(error.message().rfind(": ") + 2);
  };
  CHECK(refusal(test::sample_header(4, {2, 2})) == "it is shard 1/2, this run is 2/2");
  CHECK(refusal(test::sample_header(5, {1, 2})) ==
        "it is about other repositories (4 repositories there, 5 in this run)");
  CHECK(refusal(test::sample_header(4, {1, 2}, {{"p", std::string(64, 'b')}})) == "it was judged by other policies");
  auto sandbox = test::sample_header(4, {1, 2});
  sandbox.origin = gate::Origin::sandbox;
  CHECK(refusal(sandbox) == "one of both is about the sandbox");
  auto elsewhere = test::sample_header(4, {1, 2});
  elsewhere.api_url = "https://other.example";
  CHECK(refusal(elsewhere) == "it is about https://api.kolega.dev, this run about https://other.example");
}

TEST_CASE("a run that has ended is not gone on with, and stays readable") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  const auto header = header_for(judged, 2);
  {
    fleet::OutputFolder folder(dir.file("out"), header);
    test::add_to(folder, judged);
    test::add_to(folder, test::failed_result("r-02"));
  }
  { fleet::OutputFolder(dir.file("out"), header).take_earlier(); }  // r-02 is left to do
  {
    fleet::OutputFolder folder(dir.file("out"), header);
    test::add_to(folder, test::judged("pass", "r-02"));
  }
  const auto error = error_of([&] { fleet::OutputFolder(dir.file("out"), header); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message() == "cannot go on in " + dir.file("out") +
                               ": the run there, from 2026-11-23T12:00:00Z to 2026-11-23T12:00:05Z, has a verdict on every "
                               "repository, and that is not today's");
  CHECK(error.hint() == "show it with: kolega-gate fleet report " + dir.file("out") +
                            "; another directory, or --restart in this one, scans anew");
  CHECK(fleet::read_folder(dir.file("out")).results.size() == 2);
}

TEST_CASE("a run that began too long ago, or by no clock of ours, is not gone on with") {
  const test::TempDir dir;
  const auto there = test::sample_header(3);
  { const fleet::OutputFolder folder(dir.file("out"), there); }
  auto asked = there;
  asked.started_at += std::chrono::hours(24);
  { const fleet::OutputFolder folder(dir.file("out"), asked); }
  for (const auto gap : {std::chrono::seconds(24 * 3600 + 1), -std::chrono::seconds(24 * 3600 + 1)}) {
    asked.started_at = there.started_at + gap;
    const auto error = error_of([&] { fleet::OutputFolder(dir.file("out"), asked); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message().ends_with("began at 2026-11-23T12:00:00Z, which is not within the last 24 hours"));
  }
}

TEST_CASE("a part without a repository may be run again: it has no verdict") {
  const test::TempDir dir;
  auto header = test::sample_header(1, {2, 2});
  { const fleet::OutputFolder folder(dir.file("out"), header); }
  fleet::OutputFolder again(dir.file("out"), header);
  CHECK(again.take_earlier().results.empty());
}

TEST_CASE("results whose header is gone are nobody's to go on with") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  {
    fleet::OutputFolder folder(dir.file("out"), header_for(judged));
    test::add_to(folder, judged);
  }
  const auto results = test::slurp(dir.file("out/results.jsonl"));
  std::filesystem::remove(dir.file("out/fleet.json"));
  const auto error = error_of([&] { fleet::OutputFolder(dir.file("out"), header_for(judged)); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message().ends_with("it holds results but no fleet.json"));
  CHECK(test::slurp(dir.file("out/results.jsonl")) == results);
  CHECK(!std::filesystem::exists(dir.file("out/fleet.json")));
}

TEST_CASE("a folder with other things in it is left alone") {
  const test::TempDir dir;
  dir.write("out/photo.jpg", "x");
  const auto error = error_of([&] { fleet::OutputFolder(dir.file("out"), test::sample_header(1)); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.message().find("it holds photo.jpg and no fleet.json") != std::string::npos);
  CHECK(!std::filesystem::exists(dir.file("out/journal.jsonl")));
}

TEST_CASE("the writer refuses a second verdict and a foreign repository") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  fleet::OutputFolder folder(dir.file("out"), header_for(judged, 4, {1, 2}));
  test::add_to(folder, judged);
  CHECK(error_of([&] { test::add_to(folder, test::failed_result("r-01")); }).message() ==
        "the repository r-01 has its result already");
  CHECK(error_of([&] { test::add_to(folder, test::failed_result("r-02")); }).message() ==
        "the repository r-02 is not in this shard's part");
  CHECK(error_of([&] { (void)folder.draft_record("../x", judged.record, {}); }).kind() == ErrorKind::internal);
}

TEST_CASE("what no run writes is refused with file and line") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  fleet::Result first;
  {
    fleet::OutputFolder folder(dir.path().string(), header_for(judged));
    first = test::add_to(folder, judged);
  }
  const auto line = [&](const std::string& text) {
    const auto before = test::slurp(dir.file("results.jsonl"));
    append(dir, "results.jsonl", text + "\n");
    const auto message = reading(dir);
    dir.write("results.jsonl", before);
    return message.substr(message.find("results.jsonl"));
  };
  CHECK(line("") == "results.jsonl:2: the document is empty");
  CHECK(line("{}") == "results.jsonl:2: /repository_id: missing");
  CHECK(line(fleet::write_result(first)) == "results.jsonl:2: the repository r-01 has its result already");
  CHECK(line(fleet::write_result(test::failed_result("r-09"))) ==
        "results.jsonl:2: the repository r-09 is not in this shard's part");
  auto other = first;
  other.repository_id = "r-02";
  other.record->path = "records/r-02.json";
  other.policy->digest = std::string(64, 'c');
  CHECK(line(fleet::write_result(other)).find("results.jsonl:2: fleet.json names no policy") == 0);
  std::filesystem::remove(dir.file("fleet.json"));
  CHECK(reading(dir).find("fleet.json") != std::string::npos);
}

TEST_CASE("a record that was touched or is gone does not count") {
  const test::TempDir dir;
  const auto judged = test::judged("pass", "r-01");
  fleet::Result first;
  {
    fleet::OutputFolder folder(dir.path().string(), header_for(judged));
    first = test::add_to(folder, judged);
  }
  append(dir, "records/r-01.json", " ");
  CHECK(error_of([&] { (void)fleet::read_record_bytes(dir.path().string(), first); }).message().find("SHA-256") !=
        std::string::npos);
  std::filesystem::remove(dir.file("records/r-01.json"));
  CHECK(error_of([&] { (void)fleet::read_record_bytes(dir.path().string(), first); }).kind() == ErrorKind::input);
}

TEST_CASE("results of several threads are whole lines, each once") {
  const test::TempDir dir;
  constexpr std::size_t count = 40;
  {
    fleet::OutputFolder folder(dir.path().string(), test::sample_header(count));
    std::vector<std::jthread> threads;
    for (std::size_t part = 0; part < 4; ++part) {
      threads.emplace_back([&folder, part] {
        const auto header = test::sample_header(count);
        for (std::size_t i = part; i < count; i += 4) {
          const fleet::BatchEntry intent{header.selection[i].id, ScanType::semgrep_scan, fleet::BatchEntry::Step::intent, "", {}};
          folder.note({intent}, i % 2 == 0);
          test::add_to(folder, test::failed_result(header.selection[i].id));
        }
      });
    }
  }
  CHECK(fleet::read_folder(dir.path().string()).results.size() == count);
}

TEST_CASE("hostile lines of the journal are refused") {
  const std::string good = R"({"repository_id":"r-1","scan_type":"semgrep_scan","step":"begun","batch":"b-1","at":"2026-11-23T12:00:00Z"})";
  CHECK(fleet::read_batch_entry(good, "j").batch == "b-1");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"r-1\"", "\"../r\""}, {"semgrep_scan", "x"}, {"begun", "intent"}, {"b-1", "../b"}, {"begun", "ended"}}) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    INFO(text);
    CHECK(error_of([&] { (void)fleet::read_batch_entry(text, "j:3"); }).message().starts_with("j:3: "));
  }
}
