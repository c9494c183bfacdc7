// The files of a fleet run's folder, which a run goes on with and a merge reads: what is read is written and read
// again as itself, and nothing incomplete claims to have passed.
#include "base/error.hpp"
#include "fleet/output_folder.hpp"
#include "fleet/samples.hpp"
#include "fuzz/target.hpp"

namespace kolega::fuzz {

namespace {

template <class Read>
void read(Read act) {
  try {
    act();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input, "a file that cannot be read is the input's fault");
  }
}

void read_one_result(std::string_view bytes) {
  const auto result = fleet::read_result(bytes, "results.jsonl:1");
  require(result.exit_code != 0 || result.outcome != gate::Outcome::incomplete, "incomplete never exits 0");
  require(result.exit_code != 0 || result.state == fleet::State::judged, "only a verdict exits 0");
  require(!result.record || result.record->path == fleet::record_path(result.repository_id),
          "a record stays inside the folder");
  const auto line = fleet::write_result(result);
  require(line.find('\n') == std::string::npos, "a result is one line");
  require(fleet::write_result(fleet::read_result(line, "again")) == line, "a result reads back as itself");
}

}  // namespace

void run_fleet(std::string_view bytes) {
  read([&] { read_one_result(bytes); });
  read([&] {
    const auto text = fleet::write_header(fleet::read_header(bytes, "fleet.json"));
    require(fleet::write_header(fleet::read_header(text, "again")) == text, "a header reads back as itself");
  });
  read([&] {
    const auto line = fleet::write_batch_entry(fleet::read_batch_entry(bytes, "journal.jsonl:1"));
    require(fleet::write_batch_entry(fleet::read_batch_entry(line, "again")) == line, "an entry reads back as itself");
  });
}

std::vector<std::string> fleet_seeds() {
  const auto judged = test::judged("fail", "r-01");
  auto with_record = judged.result;
  with_record.record = fleet::RecordMark{"records/r-01.json", std::string(64, 'a')};
  const auto at = *parse_instant("2026-11-23T12:00:00Z");
  return {
      fleet::write_result(with_record),
      fleet::write_result(test::failed_result("r-02")),
      fleet::write_header(test::sample_header(3, {1, 2}, {test::mark_of(judged.record)})),
      fleet::write_batch_entry({"r-01", ScanType::secrets_scan, fleet::BatchEntry::Step::begun, "b-1", at}),
      fleet::write_batch_entry({"r-01", ScanType::semgrep_scan, fleet::BatchEntry::Step::intent, "", at}),
  };
}

}  // namespace kolega::fuzz
