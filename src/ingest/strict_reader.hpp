// Reads a document of the API's contract place by place: every shape that the contract does not allow is an
// Error that names the path. Not for: files of other tools, which are read as far as they go (sarif_reader,
// semgrep).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "ingest/path_reader.hpp"
#include "model/scan_type.hpp"
#include "model/text_pool.hpp"

namespace kolega::ingest {

/// Which members of one object were there, and which of them the contract demands.
class Seen {
 public:
  void clear() { bits_ = 0; }
  void mark(int place) { bits_ |= std::uint64_t{1} << place; }
  bool has(int place) const { return (bits_ >> place & 1) != 0; }

 private:
  std::uint64_t bits_{};
};

struct Required {
  int place{};
  std::string_view name{};
};

/// Refuses every shape that the contract does not allow, naming the path.
class StrictReader : public PathReader {
 public:
  StrictReader(const PathTable& table, TextPool& pool, std::string what, ErrorKind kind)
      : PathReader(table), pool_(pool), what_(std::move(what)), kind_(kind) {}

 protected:
  [[noreturn]] void fail_at(const std::string& where, std::string_view why) const {
    throw Error(kind_, what_ + ": " + (where.empty() ? "" : where + ": ") + std::string(why));
  }
  [[noreturn]] void fail(std::string_view why) const { fail_at(path(), why); }

  void wrong_shape(int, std::string_view wanted, const JsonScalar*) override {
    fail("not " + std::string(wanted));
  }

  std::string_view string_of(const JsonScalar& scalar) const {
    if (scalar.kind != JsonScalar::Kind::string) fail("not a string");
    return scalar.text;
  }
  /// Counts of the contract are whole and not negative.
  std::int64_t count_of(const JsonScalar& scalar) const {
    if (scalar.kind != JsonScalar::Kind::integer) fail("not an integer");
    if (scalar.integer < 0) fail("negative");
    return scalar.integer;
  }
  bool flag_of(const JsonScalar& scalar) const {
    if (scalar.kind != JsonScalar::Kind::boolean) fail("not true or false");
    return scalar.flag;
  }
  Instant instant_of(const JsonScalar& scalar) const {
    const auto text = string_of(scalar);
    const auto at = parse_instant(text);
    if (!at) fail("not a date and time: '" + printable(text, 60) + "'");
    return *at;
  }
  ScanType scan_type_of(const JsonScalar& scalar) const {
    const auto text = string_of(scalar);
    for (const auto type : all_scan_types) {
      if (name_of(type) == text) return type;
    }
    fail("unknown scan type '" + printable(text, 60) + "'");
  }
  template <std::size_t n>
  void require_all(const Seen& seen, const std::array<Required, n>& required) const {
    for (const auto& [place, member] : required) {
      if (!seen.has(place)) fail_at(path() + "/" + std::string(member), "missing");
    }
  }
  TextPool& pool() { return pool_; }

 private:
  TextPool& pool_;
  std::string what_;
  ErrorKind kind_;
};

}  // namespace kolega::ingest
