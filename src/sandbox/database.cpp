#include "sandbox/database.hpp"

#include <sqlite3.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::sandbox {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* connection) const {
  ::sqlite3_close(connection);
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* prepared = nullptr;
  const auto size = static_cast<int>(sql.size());
  if (::sqlite3_prepare_v2(database.connection_.get(), sql.data(), size, &prepared, nullptr) != SQLITE_OK) {
    database.fail();
  }
  statement_.reset(prepared);
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  if (::sqlite3_bind_int64(statement_.get(), parameter, number) != SQLITE_OK) database_.fail();
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view bytes) {
  const auto* data = bytes.empty() ? "" : bytes.data();  // a null pointer would bind NULL
  if (::sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK) {
    database_.fail();
  }
  return *this;
}

bool Statement::step() {
  const auto result = ::sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) database_.fail();
  ::sqlite3_reset(statement_.get());
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

std::int64_t Statement::integer(int column) const {
  return ::sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(::sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column));
  return data ? std::string_view(data, size) : std::string_view{};
}

Database::Database(const std::string& path) : path_(path) {
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW;
  const auto result = ::sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  connection_.reset(connection);
  if (result != SQLITE_OK) fail();
  // The exclusive mode must come first: then the journal needs no shared memory and a second process is
  // refused.
  run("PRAGMA locking_mode = EXCLUSIVE");
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = NORMAL");
  Transaction(*this).commit();
}

void Database::run(const std::string& sql) const {
  Statement(*this, sql).run();
}

void Database::fail() const {
  const auto where = "the sandbox's data in " + printable(path_);
  if (!connection_) throw Error(ErrorKind::usage, where + ": no memory for SQLite");
  const auto code = ::sqlite3_errcode(connection_.get());
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    throw Error(ErrorKind::usage, where + ": another sandbox uses it",
                "give each sandbox a directory of its own");
  }
  throw Error(ErrorKind::usage, where + ": " + printable(::sqlite3_errmsg(connection_.get()), 200));
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.run("ROLLBACK");
  } catch (const Error&) {  // SQLite has rolled back by itself
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace kolega::sandbox
