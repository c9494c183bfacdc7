#include "api/run_state.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace kolega::api {

namespace {

namespace fs = std::filesystem;

/// A start must not take long because of what others left.
constexpr int most_names = 10'000;
constexpr int most_looks = 200;

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

/// The first line names the file, so a file that was copied or made up has another name than it should.
std::string name_of(std::string_view header) {
  return "run-" + sha256_hex(header).substr(0, 32) + ".journal";
}

std::string path_of(const std::string& directory, const RunKey& key) {
  return directory + "/" + name_of(header_of(key));
}

bool is_out_of_time(const BatchEntry& entry, Instant now) {
  return entry.at + longest_remembered < now || entry.at > now + clock_tolerance;
}

bool is_named_as_state(std::string_view name) {
  return name.size() == name_of({}).size() && name.starts_with("run-") && name.ends_with(".journal");
}

/// By the file system alone, so that a fresh one costs no look into it.
bool is_untouched_for_long(const std::string& path, Instant now) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  return Instant(std::chrono::seconds(facts.st_mtime)) + longest_remembered < now;
}

/// Every line is what a run writes, and none of it means anything any more.
bool is_forgotten_state(const std::vector<std::string>& lines, const std::string& name, Instant now) {
  if (lines.empty() || name_of(lines.front()) != name || lines.front().find(format) == std::string::npos) return false;
  try {
    return std::all_of(lines.begin() + 1, lines.end(), [&](const std::string& line) {
      return read_batch_entry(line, name).at + longest_remembered < now;
    });
  } catch (const Error&) {
    return false;  // not ours, or damaged: it stays
  }
}

bool prune_one(const std::string& path, const std::string& name, Instant now) {
  auto journal = sys::Journal::find(path);
  if (!journal || !journal->is_private() || !is_forgotten_state(journal->take_lines(), name, now)) return false;
  try {
    journal->remove();
    return true;
  } catch (const Error&) {
    return false;  // another start will
  }
}

}  // namespace

std::size_t prune_states(const std::string& directory, Instant now) {
  std::size_t gone = 0;
  int seen = 0;
  int looked_into = 0;
  std::error_code unreadable;
  fs::directory_iterator entry(directory, unreadable);
  for (; !unreadable && entry != fs::directory_iterator{}; entry.increment(unreadable)) {
    if (++seen > most_names || looked_into == most_looks) break;
    const auto name = entry->path().filename().string();
    const auto path = directory + "/" + name;
    if (!is_named_as_state(name) || !is_untouched_for_long(path, now)) continue;
    ++looked_into;
    gone += prune_one(path, name, now) ? 1 : 0;
  }
  return gone;
}

RunState::RunState(const std::string& directory, const RunKey& key, Instant now, Note note)
    : path_(path_of(directory, key)), key_(key), note_(std::move(note)), journal_(path_) {
  read(now);
  prune_states(directory, now);
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
  if (std::erase_if(entries_, [&](const BatchEntry& entry) { return is_out_of_time(entry, now); }) > 0) {
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
