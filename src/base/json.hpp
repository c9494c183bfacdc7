// Reading JSON strictly: duplicate keys, depth, size, bad UTF-8 and trailing bytes are errors with a byte offset.
// Two ways: a stream of events for what may be large, a small tree with path-aware access for what is not.
// Not for: writing (base/json_writer.hpp).
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/text_source.hpp"
#include "base/time.hpp"

namespace kolega {

struct JsonLimits {
  std::size_t depth{64};
  std::size_t string_bytes{16 * 1024 * 1024};
  std::uint64_t total_bytes{4ULL * 1024 * 1024 * 1024};
};

/// Receives a document as events, in order. A string_view lives only during the call.
class JsonSink {
 public:
  virtual ~JsonSink() = default;
  virtual void begin_object() = 0;
  virtual void end_object() = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
  /// Gives the key's number in this object, or none of its own: `unnumbered`. A reader that knows its keys saves the
  /// check for duplicates their texts: same key, same number as long as the object is open, and no other key has it.
  virtual int key(std::string_view name) = 0;
  static constexpr int unnumbered = -1;
  virtual void string(std::string_view value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void number(double value) = 0;  ///< also integers beyond 64 bits; never infinite or NaN
  virtual void boolean(bool value) = 0;
  virtual void null() = 0;
};

/// Feeds a sink from bytes that arrive in parts of any size. Duplicate keys within one object are refused here.
/// Errors are Error(kind) "what: ... at byte N".
class JsonParser {
 public:
  JsonParser(JsonSink& sink, std::string what, ErrorKind kind, const JsonLimits& limits = {});
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;
  void feed(std::string_view bytes);
  /// The document must be complete, with nothing but white space behind it.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A whole small document as a tree, with the same strictness. `what` names it in messages.
boost::json::value parse_json(std::string_view text, const std::string& what, ErrorKind kind,
                              const JsonLimits& limits = {});

/// A tree read member by member with errors that name the path: "what: /items/0/severity: not a string".
/// Unknown members are ignored. `null` counts as absent for the optional_ calls.
class JsonView {
 public:
  JsonView(const boost::json::value& value, std::string what, ErrorKind kind, std::string path = {});

  JsonView require(std::string_view key) const;                 ///< the member; absent is an error
  std::optional<JsonView> find(std::string_view key) const;     ///< absent or null is nothing
  std::vector<JsonView> items() const;                          ///< of an array

  std::string_view as_string() const;
  std::int64_t as_integer() const;
  double as_number() const;
  bool as_boolean() const;
  Instant as_instant() const;

  std::string_view require_string(std::string_view key) const;
  std::int64_t require_integer(std::string_view key) const;      ///< refuses fractions and negatives are kept
  bool require_boolean(std::string_view key) const;
  std::optional<std::string_view> optional_string(std::string_view key) const;
  std::optional<std::int64_t> optional_integer(std::string_view key) const;
  std::optional<double> optional_number(std::string_view key) const;
  std::optional<Instant> optional_instant(std::string_view key) const;
  std::vector<std::string_view> optional_strings(std::string_view key) const;  ///< absent or null is empty

  const boost::json::value& raw() const { return *value_; }
  [[noreturn]] void fail(std::string_view why) const;            ///< Error at this path

 private:
  JsonView(const boost::json::value& value, const JsonView& parent, std::string step);
  const boost::json::value* value_;
  std::shared_ptr<const std::string> what_;
  std::string path_;
  ErrorKind kind_;
};

/// Reads a document whose member `key` of the root object is an array that may be large: its elements are handed to
/// `on_row` one by one and not kept. Returns the rest of the document as a tree, that array left empty.
boost::json::value parse_json_rows(const TextSource& source, const std::string& what, ErrorKind kind, std::string_view key,
                                   const std::function<void(const JsonView& row)>& on_row,
                                   const JsonLimits& limits = {});

}  // namespace kolega
