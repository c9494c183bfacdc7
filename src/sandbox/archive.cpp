#include "sandbox/archive.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "base/error.hpp"
#include "base/text.hpp"
#include "sandbox/archive_documents.hpp"
#include "sandbox/batch_view.hpp"
#include "sandbox/database.hpp"
#include "sandbox/fixes.hpp"
#include "sandbox/jobs.hpp"

namespace kolega::sandbox {

namespace {

constexpr std::int64_t schema_version = 1;
constexpr auto file_name = "sandbox.sqlite";
constexpr auto stopped = "the sandbox was stopped while this ran";

/// Records by number or id; what one refers to in another stands in a column of its own.
constexpr std::string_view tables[] = {
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "CREATE TABLE repositories (id BLOB PRIMARY KEY, created_us INTEGER NOT NULL)",
    "CREATE TABLE batches (number INTEGER PRIMARY KEY, repository BLOB NOT NULL, document BLOB NOT NULL)",
    "CREATE TABLE harvests (batch INTEGER PRIMARY KEY, document BLOB NOT NULL)",
    // In brackets: two literals that are one, with no comma forgotten between them.
    ("CREATE TABLE findings (repository BLOB NOT NULL, id BLOB NOT NULL, batch INTEGER NOT NULL, "
     "row INTEGER NOT NULL, document BLOB NOT NULL, PRIMARY KEY (repository, id)) WITHOUT ROWID"),
    "CREATE TABLE events (number INTEGER PRIMARY KEY, document BLOB NOT NULL)",
    ("CREATE TABLE fixes (number INTEGER PRIMARY KEY, repository BLOB NOT NULL, document BLOB NOT NULL, "
     "diff BLOB NOT NULL)"),
};

std::string prepare_directory(const std::string& directory) {
  std::error_code failure;
  if (std::filesystem::create_directories(directory, failure)) {
    // Findings are nobody else's business.
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
  }
  if (failure || !std::filesystem::is_directory(directory, failure)) {
    throw Error(ErrorKind::usage, "the sandbox's data cannot be kept in " + printable(directory) +
                                      ": it is no directory and cannot be made one");
  }
  // SQLite follows no links in the path, so that nobody can put another file in the place of ours.
  return (std::filesystem::weakly_canonical(directory, failure) / file_name).string();
}

/// One row of everything, copied under the store's lock and written without it.
struct Snapshot {
  struct Batch {
    BatchRecord record{};
    std::string repository{};
    bool has_new_harvest{};
  };
  struct FindingRow {
    FindingRecord record{};
    std::string repository{};
    std::int64_t batch{};
    std::int64_t row{};
  };
  struct Fix {
    FixRecord record{};
    std::string repository{};
  };
  std::vector<Batch> batches{};
  std::vector<FindingRow> findings{};
  std::vector<EventRecord> events{};
  std::vector<Fix> fixes{};
};

std::int64_t as_number(Instant at) {
  return at.time_since_epoch().count();
}

Snapshot::FindingRow snapshot_of(const Store& store, std::size_t repository, const FindingRecord& finding) {
  const auto& batch = store.batches[finding.seen_in];
  return {finding, store.repositories[repository].config.id, batch.number,
          finding.seen.get() - batch.harvest->findings.rows.data()};
}

void write_batches(const Database& database, const std::vector<Snapshot::Batch>& batches) {
  Statement batch(database, "INSERT OR REPLACE INTO batches VALUES (?, ?, ?)");
  Statement harvest(database, "INSERT OR REPLACE INTO harvests VALUES (?, ?)");
  for (const auto& [record, repository, has_new_harvest] : batches) {
    batch.bind(1, record.number).bind(2, repository).bind(3, encode_batch(record)).run();
    if (has_new_harvest) harvest.bind(1, record.number).bind(2, encode_harvest(*record.harvest)).run();
  }
}

void write_snapshot(const Database& database, const Snapshot& snapshot) {
  Transaction transaction(database);
  write_batches(database, snapshot.batches);
  Statement finding(database, "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?)");
  for (const auto& [record, repository, batch, row] : snapshot.findings) {
    finding.bind(1, repository).bind(2, record.id).bind(3, batch).bind(4, row);
    finding.bind(5, encode_finding(record)).run();
  }
  Statement event(database, "INSERT OR REPLACE INTO events VALUES (?, ?)");
  for (const auto& record : snapshot.events) event.bind(1, record.number).bind(2, encode_event(record)).run();
  Statement fix(database, "INSERT OR REPLACE INTO fixes VALUES (?, ?, ?, ?)");
  for (const auto& [record, repository] : snapshot.fixes) {
    fix.bind(1, record.number).bind(2, repository).bind(3, encode_fix(record)).bind(4, record.diff).run();
  }
  transaction.commit();
}

/// Reads the file into a store; batches and findings point into each other, so they come in this order.
class Loader {
 public:
  Loader(const Database& database, Store& store, Moment now) : database_(database), store_(store), now_(now) {
    for (std::size_t i = 0; i < store.repositories.size(); ++i) {
      repositories_[store.repositories[i].config.id] = i;
    }
  }

  void load() {
    load_repositories();
    load_batches();
    load_findings();
    load_events();
    load_fixes();
  }
  std::size_t loaded_events() const { return loaded_events_; }

 private:
  std::optional<std::size_t> find(std::string_view repository) const {
    const auto found = repositories_.find(std::string(repository));
    return found == repositories_.end() ? std::nullopt : std::optional(found->second);
  }

  void load_repositories() {
    Statement select(database_, "SELECT id, created_us FROM repositories");
    while (select.step()) {
      const auto index = find(select.bytes(0));
      if (!index) continue;
      store_.repositories[*index].created_at = Instant(std::chrono::microseconds(select.integer(1)));
    }
    Statement insert(database_, "INSERT OR IGNORE INTO repositories VALUES (?, ?)");
    for (const auto& repository : store_.repositories) {
      insert.bind(1, repository.config.id).bind(2, as_number(repository.created_at)).run();
    }
  }

  void load_batches() {
    Statement select(
        database_,
        "SELECT number, repository, batches.document, harvests.document, harvests.batch IS NOT NULL "
        "FROM batches LEFT JOIN harvests ON harvests.batch = number ORDER BY number");
    while (select.step()) {
      store_.next_batch = select.integer(0) + 1;
      const auto repository = find(select.bytes(1));
      if (!repository) continue;
      auto batch = decode_batch(select.bytes(2));
      batch.number = select.integer(0);
      batch.repository = *repository;
      if (select.integer(4)) {
        batch.harvest = std::make_shared<const Harvest>(decode_harvest(select.bytes(3), batch.type));
      }
      batches_[batch.number] = store_.batches.size();
      store_.batches.push_back(std::move(batch));
      place_in_time(store_.batches.back());
    }
  }

  /// The steady clock has begun anew. What had ended stays ended, also when the wall clock was set back.
  void place_in_time(BatchRecord& batch) {
    const auto took = batch.harvested.time_since_epoch();
    const auto age = std::max(now_.wall - batch.created.wall, Instant::duration::zero());
    batch.created.steady = now_.steady - std::chrono::duration_cast<sys::SteadyTime::duration>(age);
    batch.harvested = batch.created.steady + took;
    if (!batch.harvest) interrupt(batch);
    const auto end = find_end(store_, batch);
    if (!batch.settled || !end || *end <= now_.steady) return;
    const auto ahead = *end - now_.steady;
    batch.created.steady -= ahead;
    batch.harvested -= ahead;
  }

  void interrupt(BatchRecord& batch) {
    if (feed_of(store_, batch).never_ends) return;
    Harvest nothing;
    nothing.problems.emplace_back(stopped);
    batch.harvest = std::make_shared<const Harvest>(std::move(nothing));
    batch.harvested = now_.steady;
    store_.changes.batches.insert(store_.batches.size() - 1);
  }

  void load_findings() {
    Statement select(database_, "SELECT repository, batch, row, document FROM findings");
    while (select.step()) {
      const auto repository = find(select.bytes(0));
      const auto batch = batches_.find(select.integer(1));
      if (!repository || batch == batches_.end()) continue;
      const auto& harvest = store_.batches[batch->second].harvest;
      const auto row = static_cast<std::size_t>(select.integer(2));
      if (!harvest || row >= harvest->findings.rows.size()) {
        throw Error(ErrorKind::usage, "the sandbox's data: a finding that no scan has found");
      }
      auto finding = decode_finding(select.bytes(3));
      finding.seen_in = batch->second;
      finding.seen = std::shared_ptr<const Finding>(harvest, &harvest->findings.rows[row]);
      const auto id = finding.id;
      store_.repositories[*repository].findings.emplace(id, std::move(finding));
    }
  }

  void load_events() {
    Statement select(database_, "SELECT number, document FROM events ORDER BY number");
    while (select.step()) {
      auto event = decode_event(select.bytes(1));
      event.number = select.integer(0);
      store_.next_event = event.number + 1;
      store_.events.push_back(std::move(event));
    }
    loaded_events_ = store_.events.size();
  }

  void load_fixes() {
    Statement select(database_, "SELECT number, repository, document, diff FROM fixes ORDER BY number");
    while (select.step()) {
      auto fix = decode_fix(select.bytes(2));
      fix.number = select.integer(0);
      fix.diff = select.bytes(3);
      store_.next_fix = fix.number + 1;
      for (const auto& request : fix.pull_requests) {
        store_.next_pull_request = std::max(store_.next_pull_request, request.number + 1);
      }
      const auto repository = find(select.bytes(1));
      if (!repository) continue;
      fix.repository = *repository;
      store_.fixes.push_back(std::move(fix));
      fail_fix(store_, store_.fixes.back(), stopped, now_.wall);  // only what was under way
    }
  }

  const Database& database_;
  Store& store_;
  Moment now_;
  std::map<std::string, std::size_t> repositories_{};  ///< id to index
  std::map<std::int64_t, std::size_t> batches_{};      ///< number to index
  std::size_t loaded_events_{};
};

}  // namespace

struct Archive::State {
  explicit State(const std::string& path) : database(path) {}

  void write(const Snapshot& snapshot) {
    if (find_failure()) return;
    try {
      write_snapshot(database, snapshot);
    } catch (const Error& error) {
      const std::scoped_lock lock(mutex);
      failure = error.message();
    }
  }
  std::optional<std::string> find_failure() const {
    const std::scoped_lock lock(mutex);
    return failure;
  }

  Database database;         ///< of the writer, once it has been loaded
  mutable std::mutex mutex;  ///< guards `failure`; what follows is guarded by the store's lock
  std::optional<std::string> failure;
  std::size_t kept_events{};
  std::set<std::int64_t> kept_harvests;
  Jobs writer{1};  ///< one thread, so that writes keep their order
};

Archive::Archive(const std::string& directory, std::uint64_t seed)
    : state_(std::make_unique<State>(prepare_directory(directory))) {
  const auto& database = state_->database;
  Transaction transaction(database);
  Statement version(database, "PRAGMA user_version");
  version.step();
  const auto found = version.integer(0);
  version.run();
  if (found == 0) {
    for (const auto table : tables) database.run(std::string(table));
    database.run("PRAGMA user_version = " + std::to_string(schema_version));
    Statement insert(database, "INSERT INTO meta VALUES ('seed', ?)");
    insert.bind(1, static_cast<std::int64_t>(seed)).run();
  } else if (found != schema_version) {
    throw Error(ErrorKind::usage, "the sandbox's data in " + printable(directory) + " is of version " +
                                      std::to_string(found) + ", this program's is " +
                                      std::to_string(schema_version));
  }
  Statement stored(database, "SELECT value FROM meta WHERE name = 'seed'");
  if (!stored.step() || stored.integer(0) != static_cast<std::int64_t>(seed)) {
    throw Error(ErrorKind::usage,
                "the sandbox's data in " + printable(directory) + " was made with another seed",
                "set the seed that it was made with, or name another directory");
  }
  stored.run();
  transaction.commit();
}

Archive::~Archive() {
  state_->writer.wait();
}

void Archive::load(Store& store, Moment now) {
  Transaction transaction(state_->database);
  Loader loader(state_->database, store, now);
  loader.load();
  transaction.commit();
  state_->kept_events = loader.loaded_events();
  for (const auto& batch : store.batches) {
    const auto index = static_cast<std::size_t>(&batch - store.batches.data());
    if (batch.harvest && !store.changes.batches.contains(index)) state_->kept_harvests.insert(batch.number);
  }
}

void Archive::save(Store& store) {
  auto snapshot = std::make_shared<Snapshot>();
  for (const auto index : store.changes.batches) {
    const auto& batch = store.batches[index];
    const bool has_new_harvest = batch.harvest && state_->kept_harvests.insert(batch.number).second;
    snapshot->batches.push_back({batch, store.repositories[batch.repository].config.id, has_new_harvest});
  }
  for (const auto& [repository, id] : store.changes.findings) {
    snapshot->findings.push_back(
        snapshot_of(store, repository, store.repositories[repository].findings.at(id)));
  }
  for (const auto index : store.changes.fixes) {
    const auto& fix = store.fixes[index];
    snapshot->fixes.push_back({fix, store.repositories[fix.repository].config.id});
  }
  const auto first = static_cast<std::ptrdiff_t>(state_->kept_events);
  snapshot->events.assign(store.events.begin() + first, store.events.end());
  state_->kept_events = store.events.size();
  store.changes = {};
  const bool nothing = snapshot->batches.empty() && snapshot->findings.empty() && snapshot->fixes.empty() &&
                       snapshot->events.empty();
  if (nothing) return;
  state_->writer.start([state = state_.get(), snapshot](std::stop_token) { state->write(*snapshot); });
}

std::optional<std::string> Archive::failure() const {
  return state_->find_failure();
}

}  // namespace kolega::sandbox
