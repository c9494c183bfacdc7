// A SQLite file as this program needs it: one connection that nobody shares, statements with typed values.
// The only place that includes sqlite3.h. Not for: what is stored (archive.cpp).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace kolega::sandbox {

class Database;

/// One prepared statement. Parameters and columns count from 1 and from 0, as in SQLite. Texts are bytes.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);
  Statement& bind(int parameter, std::int64_t number);
  Statement& bind(int parameter, std::string_view bytes);
  /// True while there is a row; after the last one the statement can be bound and run again.
  bool step();
  /// Runs a statement that gives no rows.
  void run();
  std::int64_t integer(int column) const;
  /// Lives until the next step.
  std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  /// Creates the file when it is absent, and keeps every other process out of it. Throws Error(usage).
  explicit Database(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  void run(const std::string& sql) const;

 private:
  friend class Statement;
  [[noreturn]] void fail() const;
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

/// All or nothing: without commit() nothing of what was run since is kept.
class Transaction {
 public:
  explicit Transaction(const Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  const Database& database_;
  bool open_{true};
};

}  // namespace kolega::sandbox
