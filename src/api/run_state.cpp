#include "api/run_state.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace kolega::api {

namespace {

constexpr std::string_view format = "kolega-gate/run-state/v1";
/// The server's clock may be ahead of ours; what lies further ahead is nonsense.
constexpr std::chrono::minutes clock_tolerance{5};

/// Texts one after the other could be cut in two ways; a document cannot.
std::string header_of(const RunKey& key) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::compact);
  json.begin_object().member("format", format).member("api_url", key.api_url);
  json.member("repository_id", key.repository_id).member("branch", key.branch).member("commit", key.commit);
  json.member("policy", key.policy_digest).end_object().finish();
  return std::string(trim(out.str()));
}

std::string path_of(const std::string& directory, const RunKey& key) {
  return directory + "/run-" + sha256_hex(header_of(key)).substr(0, 32) + ".journal";
}

}  // namespace

RunState::RunState(const std::string& directory, const RunKey& key, Instant now, Note note)
    : path_(path_of(directory, key)), key_(key), note_(std::move(note)), journal_(path_) {
  read(now);
}

void RunState::read(Instant now) {
  const auto lines = journal_.take_lines();
  if (lines.empty()) return start_anew();
  if (!journal_.is_private()) {
    note_(printable(path_) + " can be written by others, so that nothing in it counts");
    return start_anew();
  }
  if (lines.front() != header_of(key_)) {
    note_(printable(path_) + ":1: this is not the state of this run; it is forgotten");
    return start_anew();
  }
  try {
    for (std::size_t i = 1; i < lines.size(); ++i) {
      auto entry = read_batch_entry(lines[i], printable(path_) + ":" + std::to_string(i + 1));
      if (entry.repository_id != key_.repository_id)
        throw Error(ErrorKind::input, printable(path_) + ": a batch of another repository");
      take(std::move(entry));
    }
  } catch (const Error& error) {
    note_(error.message() + "; what an earlier run left is forgotten");
    return start_anew();
  }
  const auto out_of_time = [&](const BatchEntry& entry) {
    return entry.at + longest_remembered < now || entry.at > now + clock_tolerance;
  };
  if (std::erase_if(entries_, out_of_time) > 0) {
    note_("what " + printable(path_) + " remembers is too old, or not of this time; it is forgotten");
    if (entries_.empty()) start_anew();
  }
}

void RunState::start_anew() {
  entries_.clear();
  journal_.clear();
  journal_.append(header_of(key_));
}

/// The last word on a type counts.
void RunState::take(BatchEntry entry) {
  std::erase_if(entries_, [&](const BatchEntry& other) { return other.type == entry.type; });
  if (entry.step != BatchEntry::Step::none) entries_.push_back(std::move(entry));
}

std::optional<BatchEntry> RunState::recall(ScanType type) const {
  const auto found = std::ranges::find(entries_, type, &BatchEntry::type);
  return found == entries_.end() ? std::nullopt : std::optional(*found);
}

bool RunState::holds_only(const std::vector<std::string>& batches) const {
  return std::ranges::all_of(entries_, [&](const BatchEntry& entry) {
    return std::ranges::find(batches, entry.batch) != batches.end();
  });
}

void RunState::write(ScanType type, BatchEntry::Step step, const std::string& batch, Instant at) {
  BatchEntry entry{key_.repository_id, type, step, batch, at};
  const auto line = write_batch_entry(entry);
  take(std::move(entry));
  if (broken_) return;
  try {
    journal_.append(trim(line));
    journal_.sync();
  } catch (const Error& error) {
    broken_ = true;
    note_(error.message() + "; if this run is killed, the next one scans anew");
  }
}

void RunState::remove() {
  entries_.clear();
  try {
    journal_.remove();
  } catch (const Error& error) {
    note_(error.message());
  }
}

}  // namespace kolega::api
