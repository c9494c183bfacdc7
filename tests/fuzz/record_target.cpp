// A decision record that somebody hands us: what is read decides, is written and reads back as itself.
#include <sstream>

#include "base/error.hpp"
#include "fuzz/target.hpp"
#include "gate/record.hpp"
#include "support/sample_records.hpp"

namespace kolega::fuzz {

namespace {

std::string written(const gate::DecisionRecord& record) {
  std::ostringstream out;
  gate::write_record(record, out);
  return out.str();
}

}  // namespace

void run_record(std::string_view bytes) {
  try {
    const auto first = written(gate::decide(gate::read_record(bytes, "decision.json")));
    const auto second = written(gate::decide(gate::read_record(first, "again.json")));
    require(first == second, "a record replays to the same bytes");
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::input || error.kind() == ErrorKind::policy,
            "a record that cannot be read is the input's fault");
  }
}

std::vector<std::string> record_seeds() {
  std::vector<std::string> seeds;
  for (const auto& sample : test::sample_records()) seeds.push_back(written(sample.record));
  return seeds;
}

}  // namespace kolega::fuzz
