#include "fleet/output_folder.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <ostream>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "api/run_state.hpp"
#include "api/wire.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/shell_word.hpp"
#include "base/text.hpp"
#include "gate/replay.hpp"
#include "sys/files.hpp"
#include "sys/journal.hpp"

namespace kolega::fleet {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t largest_header = 256ULL << 20;
constexpr std::uint64_t largest_record = 4ULL << 30;
constexpr std::size_t longest_line = 4UL << 20;
constexpr std::string_view records_name = "records";  ///< the directory of record_path()

std::string header_path(const std::string& folder) { return folder + "/fleet.json"; }
std::string results_path(const std::string& folder) { return folder + "/results.jsonl"; }
std::string journal_path(const std::string& folder) { return folder + "/journal.jsonl"; }

std::string place(const std::string& path, std::size_t line) {
  return printable(path) + ":" + std::to_string(line);
}

/// A journal of several threads. One wait for the disk serves all lines that were written before it began: at ten
/// thousand repositories a wait a line would take longer than the scans.
class SharedLines {
 public:
  explicit SharedLines(const std::string& path) : journal_(path) {}
  sys::Journal& journal() { return journal_; }

  /// A kill takes none away any more when it returns.
  std::uint64_t append(std::string_view lines) {
    const std::lock_guard lock(write_);
    journal_.append(lines);
    return ++written_;
  }
  /// What append() gave `mine` for, and all before it, is on disk when it returns.
  void sync(std::uint64_t mine) {
    const std::lock_guard lock(sync_);
    if (synced_ >= mine) return;
    const std::uint64_t target = written_;
    journal_.sync();
    synced_ = target;
  }

 private:
  sys::Journal journal_;
  std::mutex write_;
  std::mutex sync_;
  std::atomic<std::uint64_t> written_{};
  std::uint64_t synced_{};
};

/// Which results there are: each belongs to this shard, and nothing follows a settled one.
class ResultSet {
 public:
  explicit ResultSet(const Header& header) {
    for (const auto& entry : header.selection) {
      if (entry.shard == header.shard.number) places_.emplace(entry.id, nowhere);
    }
    for (const auto& policy : header.policies) digests_.push_back(policy.digest);
  }

  /// Why the result cannot be here; empty when it can.
  std::string objection(const Result& result) const {
    const auto found = places_.find(result.repository_id);
    if (found == places_.end()) return "the repository " + result.repository_id + " is not in this shard's part";
    if (found->second == settled_place) return "the repository " + result.repository_id + " has its result already";
    if (result.policy && std::ranges::find(digests_, result.policy->digest) == digests_.end())
      return "fleet.json names no policy with the digest " + result.policy->digest;
    return {};
  }
  /// Where the result before it stands, if there is one; `at` is where this one will.
  std::optional<std::size_t> take(const Result& result, std::size_t at) {
    auto& entry = places_.at(result.repository_id);
    const auto before = entry;
    entry = settled(result) ? settled_place : at;
    return before == nowhere ? std::nullopt : std::optional(before);
  }
  /// Nothing is left to do. Of a part without a repository nothing was ever done.
  bool all_settled() const {
    const auto is_settled = [](const auto& entry) { return entry.second == settled_place; };
    return !places_.empty() && std::ranges::all_of(places_, is_settled);
  }

 private:
  static constexpr std::size_t nowhere = SIZE_MAX;
  static constexpr std::size_t settled_place = SIZE_MAX - 1;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> digests_;
};

/// Puts a result where the list of the last results of each repository wants it.
void put(std::vector<Result>& results, ResultSet& set, Result result) {
  if (const auto before = set.take(result, results.size())) {
    results[*before].repository_id.clear();  // replaced; taken out by compact()
  }
  results.push_back(std::move(result));
}

void compact(std::vector<Result>& results) {
  std::erase_if(results, [](const Result& result) { return result.repository_id.empty(); });
}

[[noreturn]] void refuse_line(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::input, where + ": " + why);
}

void take_line(std::vector<Result>& results, ResultSet& set, std::string_view line, const std::string& where) {
  if (line.size() > longest_line) refuse_line(where, "longer than " + std::to_string(longest_line) + " bytes");
  auto result = read_result(line, where);
  if (const auto why = set.objection(result); !why.empty()) refuse_line(where, why);
  put(results, set, std::move(result));
}

/// What two headers of one run may not differ in; empty when they do not.
std::string difference(const Header& there, const Header& asked) {
  if (there.shard != asked.shard)
    return "it is shard " + describe(there.shard) + ", this run is " + describe(asked.shard);
  if (there.api_url != asked.api_url)
    return "it is about " + printable(there.api_url) + ", this run about " + printable(asked.api_url);
  if (there.origin != asked.origin) return "one of both is about the sandbox";
  if (selection_digest(there.selection) != selection_digest(asked.selection)) {
    return "it is about other repositories (" + plural(there.selection.size(), "repository") + " there, " +
           std::to_string(asked.selection.size()) + " in this run)";
  }
  if (there.policies != asked.policies) return "it was judged by other policies";
  return {};
}

/// What an earlier run found is the verdict of its time: a job that is started every night in the same folder must not
/// tell yesterday's as its own.
[[noreturn]] void refuse_past(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::usage, "cannot go on in " + printable(path) + ": " + why,
              "show it with: kolega-gate fleet report " + shell_word(printable(path)) +
                  "; another directory, or --restart in this one, scans anew");
}

void require_recent(const std::string& path, const Header& there, const Header& asked) {
  const auto age = asked.started_at - there.started_at;
  if (age <= api::longest_remembered && -age <= api::longest_remembered) return;
  refuse_past(path, "the run there began at " + format_instant_seconds(there.started_at) +
                        ", which is not within the last " + std::to_string(api::longest_remembered.count()) + " hours");
}

void require_something_left(const std::string& path, const Header& header, const ResultSet& set,
                            const std::vector<Result>& results) {
  if (!set.all_settled()) return;
  const auto last = std::ranges::max(results, {}, &Result::ended).ended;
  refuse_past(path, "the run there, from " + format_instant_seconds(header.started_at) + " to " +
                        format_instant_seconds(last) + ", has a verdict on every repository, and that is not today's");
}

/// A folder with other things in it is somebody's: a slip of the pen must not fill it.
void refuse_foreign(const std::string& path) {
  std::error_code failed;
  for (fs::directory_iterator it(path, failed), end; !failed && it != end; it.increment(failed)) {
    const auto name = it->path().filename().string();
    if (name == "journal.jsonl" || name == "results.jsonl" || name == records_name) continue;
    throw Error(ErrorKind::usage,
                "cannot use " + printable(path) + " for a fleet run: it holds " + printable(name, 80) +
                    " and no fleet.json",
                "name an empty or a new directory");
  }
}

}  // namespace

struct OutputFolder::State {
  std::string path{};
  Header header{};
  Earlier earlier{};
  std::optional<SharedLines> journal{};
  std::optional<SharedLines> results{};
  std::optional<sys::OutputDirectory> records{};
  std::mutex settling{};
  std::optional<ResultSet> set{};
  std::size_t count{};

  void settle_header(const Header& asked);
  void read_earlier();
};

void OutputFolder::State::settle_header(const Header& asked) {
  const auto file = header_path(path);
  if (!fs::exists(fs::symlink_status(file))) {
    if (!results->journal().lines().empty()) {
      throw Error(ErrorKind::usage, "cannot use " + printable(path) + " for a fleet run: it holds results but no fleet.json",
                  "name an empty or a new directory");
    }
    header = asked;
    sys::write_file(file, write_header(header));
    return;
  }
  header = read_header(sys::read_file(file, ErrorKind::input, largest_header), printable(file));
  if (const auto why = difference(header, asked); !why.empty()) {
    throw Error(ErrorKind::usage, "cannot go on in " + printable(path) + ": " + why,
                "name another directory, or repeat the command that began it");
  }
  require_recent(path, header, asked);
}

void OutputFolder::State::read_earlier() {
  set.emplace(header);
  std::size_t number = 0;
  for (const auto& line : results->journal().take_lines())
    take_line(earlier.results, *set, line, place(results_path(path), ++number));
  count = earlier.results.size();
  compact(earlier.results);
  require_something_left(path, header, *set, earlier.results);
  number = 0;
  for (const auto& line : journal->journal().take_lines())
    earlier.batches.push_back(read_batch_entry(line, place(journal_path(path), ++number)));
}

OutputFolder::OutputFolder(std::string path, const Header& header) : state_(std::make_unique<State>()) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  state_->path = std::move(path);
  sys::make_directories(state_->path);
  if (!fs::exists(fs::symlink_status(header_path(state_->path)))) refuse_foreign(state_->path);
  state_->journal.emplace(journal_path(state_->path));  // the lock of the whole folder
  state_->results.emplace(results_path(state_->path));
  const auto records = state_->path + "/" + std::string(records_name);
  sys::make_directories(records);
  state_->records.emplace(records);
  state_->settle_header(header);
  state_->read_earlier();
}

OutputFolder::~OutputFolder() = default;

const Header& OutputFolder::header() const noexcept {
  return state_->header;
}

Earlier OutputFolder::take_earlier() {
  return std::exchange(state_->earlier, {});
}

void OutputFolder::note(const std::vector<BatchEntry>& entries, bool lasting) {
  std::string lines;
  for (const auto& entry : entries) lines += (lines.empty() ? "" : "\n") + write_batch_entry(entry);
  const auto mine = state_->journal->append(lines);
  if (lasting) state_->journal->sync(mine);
}

OutputFolder::Draft OutputFolder::draft_record(std::string_view repository_id, const gate::DecisionRecord& record,
                                               const gate::WrittenPolicy& policy) const {
  Draft draft;
  draft.mark.path = record_path(repository_id);
  auto& file = draft.file.open(*state_->records, draft.mark.path.substr(records_name.size() + 1));
  draft.mark.sha256 = gate::write_digested(record, policy, file);
  return draft;
}

void OutputFolder::settle(std::vector<Ended> ended) {
  const std::lock_guard lock(state_->settling);
  for (const auto& one : ended) {
    if (const auto why = state_->set->objection(one.result); !why.empty()) throw Error(ErrorKind::internal, why);
    state_->set->take(one.result, state_->count++);
  }
  // A result must not outlive its record.
  sys::OutputSet records;
  for (auto& one : ended) {
    if (one.record) records.take(std::move(*one.record));
  }
  records.commit();
  std::string lines;
  for (const auto& one : ended) lines += (lines.empty() ? "" : "\n") + write_result(one.result);
  if (!lines.empty()) state_->results->sync(state_->results->append(lines));
}

Folder read_folder(const std::string& path) {
  Folder out;
  out.path = path;
  while (out.path.size() > 1 && out.path.ends_with('/')) out.path.pop_back();
  const auto header = header_path(out.path);
  out.header = read_header(sys::read_file(header, ErrorKind::input, largest_header), printable(header));
  const auto file = results_path(out.path);
  const sys::MappedFile mapped(file, ErrorKind::input);
  const auto text = mapped.text();
  ResultSet set(out.header);
  std::size_t number = 0;
  std::size_t at = 0;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', at)) {
    take_line(out.results, set, text.substr(at, end - at), place(file, ++number));
    at = end + 1;
    mapped.release(at);
  }
  if (at < text.size()) {
    out.notes.push_back(place(file, number + 1) + ": the last line was cut off while it was written; it is left out");
  }
  compact(out.results);
  return out;
}

std::string read_record_bytes(const std::string& folder, const Result& result) {
  if (!result.record) throw Error(ErrorKind::internal, "no record of " + result.repository_id);
  const auto path = folder + "/" + record_path(result.repository_id);
  auto text = sys::read_file(path, ErrorKind::input, largest_record);
  if (sha256_hex(text) != result.record->sha256) {
    throw Error(ErrorKind::input, printable(path) + ": its SHA-256 is not the one that results.jsonl holds",
                "the record was changed after the run, or the files are of two runs");
  }
  return text;
}

}  // namespace kolega::fleet
