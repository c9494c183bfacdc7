#include "base/json_writer.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <sstream>

#include "base/error.hpp"

using namespace kolega;

namespace {

template <class Write>
std::string written(JsonWriter::Style style, Write write) {
  std::ostringstream out;
  JsonWriter json(out, style);
  write(json);
  json.finish();
  return out.str();
}

std::string escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

}  // namespace

TEST_CASE("json writer: compact and pretty") {
  const auto document = [](JsonWriter& json) {
    json.begin_object()
        .member("a", 1)
        .member("b", "x")
        .key("list")
        .begin_array()
        .value(true)
        .null()
        .end_array();
    json.key("empty").begin_array().end_array().key("none").begin_object().end_object();
    json.key("row")
        .one_line()
        .begin_object()
        .member("k", 1)
        .key("l")
        .begin_array()
        .value(1)
        .value(2)
        .end_array();
    json.end_object().end_object();
  };
  CHECK(written(JsonWriter::Style::compact, document) ==
        R"({"a":1,"b":"x","list":[true,null],"empty":[],"none":{},"row":{"k":1,"l":[1,2]}})");
  CHECK(written(JsonWriter::Style::pretty, document) ==
        "{\n  \"a\": 1,\n  \"b\": \"x\",\n  \"list\": [\n    true,\n    null\n  ],\n  \"empty\": [],\n  "
        "\"none\": {},\n"
        "  \"row\": {\"k\": 1, \"l\": [1, 2]}\n}\n");
}

TEST_CASE("json writer: escapes") {
  CHECK(escaped("plain") == "plain");
  CHECK(escaped("\"\\\n\r\t\b\x1f\x7f") == "\\\"\\\\\\n\\r\\t\\u0008\\u001f\\u007f");
  CHECK(escaped("\xE2\x80\xA8\xE2\x80\xA9") == "\\u2028\\u2029");
  CHECK(escaped("\xC3\xA9\xF0\x9F\x98\x80") == "\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(escaped("a\xFF\xC0\x80z") == "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(escaped(std::string_view("\0", 1)) == "\\u0000");
  CHECK(written(JsonWriter::Style::compact, [](JsonWriter& json) {
          json.begin_object().member("k\"", "v").end_object();
        }) == R"({"k\"":"v"})");
}

TEST_CASE("json writer: numbers as JavaScript writes them") {
  CHECK(format_number(0) == "0");
  CHECK(format_number(-0.0) == "0");
  CHECK(format_number(8.9) == "8.9");
  CHECK(format_number(0.1) == "0.1");
  CHECK(format_number(1) == "1");
  CHECK(format_number(-12.5) == "-12.5");
  CHECK(format_number(123456789012) == "123456789012");
  CHECK(format_number(1e21) == "1e+21");
  CHECK(format_number(0.000001) == "0.000001");
  CHECK(format_number(1.5e-7) == "1.5e-7");
  CHECK(format_number(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  const auto values = written(JsonWriter::Style::compact, [](JsonWriter& json) {
    json.begin_array()
        .value(std::numeric_limits<double>::infinity())
        .value(std::numeric_limits<double>::quiet_NaN());
    json.value(std::numeric_limits<std::int64_t>::min()).value(std::numeric_limits<std::uint64_t>::max());
    json.value(2.5).value(-3).value(4U).end_array();
  });
  CHECK(values == "[null,null,-9223372036854775808,18446744073709551615,2.5,-3,4]");
}

TEST_CASE("json writer: large documents pass the buffer whole, a broken stream is an error") {
  const auto text = written(JsonWriter::Style::compact, [](JsonWriter& json) {
    json.begin_array();
    for (int i = 0; i < 200'000; ++i) json.value(7);
    json.end_array();
  });
  CHECK(text.size() == 400'001);
  std::ostringstream broken;
  broken.setstate(std::ios::badbit);
  JsonWriter json(broken, JsonWriter::Style::compact);
  json.value("x");
  CHECK_THROWS_AS(json.finish(), const Error&);
}

TEST_CASE("json writer: the error of a disk that is full comes through while large documents are written") {
  class Full final : public std::streambuf {
   protected:
    int_type overflow(int_type) override { throw Error(ErrorKind::output, "No space left on device"); }
    std::streamsize xsputn(const char*, std::streamsize) override { throw Error(ErrorKind::output, "No space left on device"); }
  } full;
  std::ostream out(&full);
  out.exceptions(std::ios::badbit);
  const auto write = [&] {
    JsonWriter json(out, JsonWriter::Style::compact);
    json.begin_array();
    for (int i = 0; i < 200'000; ++i) json.value(7);
    json.end_array().finish();
  };
  CHECK_THROWS_WITH_AS(write(), "No space left on device", const Error&);
}
