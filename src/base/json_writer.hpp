// Writes JSON through one buffer: escaped, commas and indentation in place, numbers as JavaScript reads them.
// Not for: reading (base/json.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace kolega {

/// Gathers small writes and hands them on in large ones. A failed stream throws Error(output). What was not flushed is not
/// written: a destructor could tell nobody that it failed, and a stream that has failed may throw once more.
class BufferedWriter {
 public:
  explicit BufferedWriter(std::ostream& out);
  ~BufferedWriter() = default;
  BufferedWriter(const BufferedWriter&) = delete;
  BufferedWriter& operator=(const BufferedWriter&) = delete;

  void write(std::string_view text) {
    buffer_.append(text);
    flush_full();
  }
  void put(char c) { buffer_ += c; }
  /// What is not handed on yet, to append to; call flush_full() from time to time.
  std::string& pending() { return buffer_; }
  void flush_full() {
    if (buffer_.size() >= buffer_size) flush();
  }
  void flush();

 private:
  static constexpr std::size_t buffer_size = 256 * 1024;
  std::ostream& out_;
  std::string buffer_;
};

/// Appends `text` as the inside of a JSON string. Malformed UTF-8 becomes U+FFFD; U+2028/9, DEL and the second of two
/// `#` (a CI command in a log) are escaped too.
void append_json_escaped(std::string& out, std::string_view text);

class JsonWriter {
 public:
  enum class Style { compact, pretty };
  JsonWriter(std::ostream& out, Style style);

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// In pretty style, the next container is written on one line: for rows of large arrays.
  JsonWriter& one_line();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  JsonWriter& value(double number);  ///< shortest form that reads back the same; not finite is written as null
  JsonWriter& null();
  /// JSON text that is known to be well formed.
  JsonWriter& raw(std::string_view json);
  /// Members of the open object that json_members() has made.
  JsonWriter& members(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }
  /// Writes the last newline (pretty) and flushes. Throws Error(output) when the stream failed.
  void finish();

 private:
  struct Level {
    bool object{};
    bool empty{true};
    bool one_line{};
  };
  void before_value();
  void newline();
  void open(char bracket, bool object);
  void close(char bracket);

  BufferedWriter out_;
  Style style_;
  std::vector<Level> levels_;
  bool after_key_{};
  bool next_one_line_{};
};

/// The members that `write` gives an object, as they stand in one line of pretty style: for rows that repeat them.
std::string json_members(const std::function<void(JsonWriter&)>& write);

/// Shortest decimal text of a finite number that reads back the same, in JavaScript's form: 8.9, 0.1, 1, 1e+21.
std::string format_number(double number);

}  // namespace kolega
