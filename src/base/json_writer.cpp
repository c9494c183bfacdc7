#include "base/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "base/clean_run.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega {

BufferedWriter::BufferedWriter(std::ostream& out) : out_(out) {}

void BufferedWriter::flush() {
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
  if (!out_) throw Error(ErrorKind::output, "writing failed: the stream is broken or the disk is full");
}

namespace {

/// Quote and backslash, and the sign that CI commands begin with.
constexpr auto special = special_bytes("\"\\#");

void append_unicode_escape(std::string& out, char32_t c) {
  static constexpr char hex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex[(c >> shift) & 15];
}

/// One character that is not clean ASCII; returns how many bytes it took.
std::size_t append_special(std::string& out, std::string_view text) {
  switch (text[0]) {
    case '"':
      out += "\\\"";
      return 1;
    case '\\':
      out += "\\\\";
      return 1;
    case '#':
      // Documents are printed in logs too, and there GitHub's runner and Azure's agent obey "##[" and
      // "##vso[" anywhere in a line.
      out += out.ends_with('#') ? "\\u0023" : "#";
      return 1;
    case '\n':
      out += "\\n";
      return 1;
    case '\r':
      out += "\\r";
      return 1;
    case '\t':
      out += "\\t";
      return 1;
    default:
      break;
  }
  const auto point = decode_utf8(text);
  if (point.value < 0x20 || point.value == 0x7F || point.value == 0x2028 || point.value == 0x2029) {
    append_unicode_escape(out, point.value);
  } else {
    append_utf8(out, point.value);  // U+FFFD for malformed bytes
  }
  return point.length;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto run = clean_run<special>(text);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (!text.empty()) text.remove_prefix(append_special(out, text));
  }
}

std::string format_number(double number) {
  if (number == 0) return "0";
  std::array<char, 40> buffer{};
  const double magnitude = std::fabs(number);
  const auto form =
      magnitude >= 1e21 || magnitude < 1e-6 ? std::chars_format::scientific : std::chars_format::fixed;
  const auto [end, status] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, form);
  if (status != std::errc{}) return "0";
  std::string out(buffer.data(), end);
  // C++ pads the exponent to two digits, JavaScript does not.
  if (const auto e = out.find('e'); e != std::string::npos && out.size() > e + 3 && out[e + 2] == '0') {
    out.erase(e + 2, 1);
  }
  return out;
}

JsonWriter::JsonWriter(std::ostream& out, Style style) : out_(out), style_(style) {}

void JsonWriter::newline() {
  out_.put('\n');
  for (std::size_t i = 0; i < levels_.size(); ++i) out_.write("  ");
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  auto& level = levels_.back();
  const bool spread = style_ == Style::pretty && !level.one_line;
  if (!level.empty) out_.write(style_ == Style::pretty && level.one_line ? ", " : ",");
  level.empty = false;
  if (spread) newline();
}

void JsonWriter::open(char bracket, bool object) {
  before_value();
  out_.put(bracket);
  const bool inherited = !levels_.empty() && levels_.back().one_line;
  levels_.push_back({object, true, inherited || next_one_line_});
  next_one_line_ = false;
}

void JsonWriter::close(char bracket) {
  const auto level = levels_.back();
  levels_.pop_back();
  if (style_ == Style::pretty && !level.one_line && !level.empty) newline();
  out_.put(bracket);
}

JsonWriter& JsonWriter::begin_object() {
  open('{', true);
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  close('}');
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  open('[', false);
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  close(']');
  return *this;
}
JsonWriter& JsonWriter::one_line() {
  next_one_line_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  auto& out = out_.pending();
  out += '"';
  append_json_escaped(out, name);
  out += style_ == Style::pretty ? "\": " : "\":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  auto& out = out_.pending();
  out += '"';
  append_json_escaped(out, text);
  out += '"';
  out_.flush_full();
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_.write(json);
  return *this;
}

JsonWriter& JsonWriter::members(std::string_view json) {
  return json.empty() ? *this : raw(json);
}

JsonWriter& JsonWriter::value(bool flag) {
  return raw(flag ? "true" : "false");
}
JsonWriter& JsonWriter::value(std::int64_t number) {
  std::array<char, 24> digits{};
  return raw({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr});
}
JsonWriter& JsonWriter::value(std::uint64_t number) {
  std::array<char, 24> digits{};
  return raw({digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr});
}
JsonWriter& JsonWriter::value(double number) {
  return std::isfinite(number) ? raw(format_number(number)) : raw("null");
}
JsonWriter& JsonWriter::null() {
  return raw("null");
}

void JsonWriter::finish() {
  if (style_ == Style::pretty) out_.put('\n');
  out_.flush();
}

std::string json_members(const std::function<void(JsonWriter&)>& write) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.one_line().begin_object();
  write(json);
  json.end_object().finish();
  const auto text = out.str();
  return text.substr(1, text.size() - 3);  // without the braces and the line's end
}

}  // namespace kolega
