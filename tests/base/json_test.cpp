#include "base/json.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <cmath>
#include <random>
#include <set>

using namespace kolega;

namespace {

/// Writes every event down, so that two ways of feeding can be compared.
class Trace final : public JsonSink {
 public:
  void begin_object() override { text += "{ "; }
  void end_object() override { text += "} "; }
  void begin_array() override { text += "[ "; }
  void end_array() override { text += "] "; }
  int key(std::string_view name) override {
    text += "k:" + std::string(name) + " ";
    return unnumbered;
  }
  void string(std::string_view value) override { text += "s:" + std::string(value) + " "; }
  void integer(std::int64_t value) override { text += "i:" + std::to_string(value) + " "; }
  void number(double value) override { text += "n:" + std::to_string(value) + " "; }
  void boolean(bool value) override { text += value ? "true " : "false "; }
  void null() override { text += "null "; }
  std::string text;
};

std::string trace(std::string_view document) {
  Trace out;
  JsonParser parser(out, "doc", ErrorKind::input);
  parser.feed(document);
  parser.finish();
  return out.text;
}

std::string failure_of(std::string_view document, const JsonLimits& limits = {}, std::size_t step = 0) {
  try {
    Trace out;
    JsonParser parser(out, "doc", ErrorKind::input, limits);
    if (step == 0) step = document.size() + 1;
    for (std::size_t at = 0; at < document.size(); at += step) parser.feed(document.substr(at, step));
    parser.finish();
    return "accepted: " + out.text;
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.message();
  }
}

const std::string rich = R"( {"a":[1,-2,3.25,1e3,true,false,null,"x\u00e9\"\\\n\ud83d\ude00"],
  "long key with \u00fc and \"quotes\"":{"b":{},"c":[]},"d":123456789012345678,"e":12345678901234567890} )";

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("events arrive in order with decoded text") {
  CHECK(trace(R"({"a":[1,"b\u0041",null,true]})") == "{ k:a [ i:1 s:bA null true ] } ");
  CHECK(trace("\"\"") == "s: ");
  CHECK(trace(" 12 ") == "i:12 ");
  CHECK(trace("-0.5") == "n:-0.500000 ");
  CHECK(trace("9223372036854775807") == "i:9223372036854775807 ");
  CHECK(trace("9223372036854775808") == "n:9223372036854775808.000000 ");
  CHECK(trace("1e-400") == "n:0.000000 ");
}

TEST_CASE("a document fed byte by byte or split at random gives the same events") {
  const auto whole = trace(rich);
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    Trace out;
    JsonParser parser(out, "doc", ErrorKind::input);
    for (std::size_t at = 0; at < rich.size();) {
      const std::size_t length = round == 0 ? 1 : std::uniform_int_distribution<std::size_t>(0, 9)(random);
      parser.feed(std::string_view(rich).substr(at, length));
      at += length;
    }
    parser.finish();
    REQUIRE(out.text == whole);
  }
}

/// A string of pieces that the parser treats in ways of their own, good and bad.
std::string random_string(std::mt19937& random) {
  static const std::vector<std::string> pieces{R"(\n)", R"(\")", R"(\\)", R"(\/)", R"(\b)", R"(\f)", R"(\r)", R"(\t)", R"(\u00e9)",
                                               R"(\u0041)", R"(\ud83d\ude00)", "\xC3\xA9", "\xE2\x80\x94", "\xF0\x9F\x98\x80",
                                               "a", "sixteen bytes are", "#", "{", "'"};
  static const std::vector<std::string> bad{R"(\x)", R"(\u12)", R"(\ud83d)", R"(\ude00)", "\xC3", "\xFF", "\n", std::string(1, '\0'), R"(\)"};
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  std::string out = "\"";
  for (auto count = below(12); count > 0; --count) {
    out += below(40) == 0 ? bad[below(bad.size())] : pieces[below(pieces.size())];
    if (below(3) == 0) out += std::string(below(40), 'x');
  }
  return out + (below(40) == 0 ? "" : "\"");
}

TEST_CASE("strings with escapes say the same whole and in parts, as values and as keys") {
  std::mt19937 random(11);
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto text = random_string(random);
    const auto document = round % 2 == 0 ? "[" + text + "," + text + "]" : "{" + text + ":1}";
    const auto in_bytes = failure_of(document, {}, 1);  // an escape that is fed in parts is left to Boost.JSON
    const auto step = std::uniform_int_distribution<std::size_t>(2, 60)(random);
    // Boost.JSON gives some refusals of surrogates another reason in parts.
    const auto events = [](const std::string& message) { return message.starts_with("accepted") ? message : "refused"; };
    CAPTURE(document);
    REQUIRE(events(failure_of(document)) == events(in_bytes));
    REQUIRE(events(failure_of(document, {}, step)) == events(in_bytes));
    accepted += in_bytes.starts_with("accepted") ? 1 : 0;
  }
  CHECK(accepted > 8'000);
  CHECK(accepted < 19'000);
}

TEST_CASE("doubles are exact") {
  class Last final : public JsonSink {
   public:
    void begin_object() override {}
    void end_object() override {}
    void begin_array() override {}
    void end_array() override {}
    int key(std::string_view) override { return unnumbered; }
    void string(std::string_view) override {}
    void integer(std::int64_t) override {}
    void number(double value) override { last = value; }
    void boolean(bool) override {}
    void null() override {}
    double last{};
  };
  for (const std::string text :
       {"8.9", "9.0", "0.1", "6.9", "3.9000000000000001", "1.7976931348623157e308", "5e-324"}) {
    Last sink;
    JsonParser parser(sink, "doc", ErrorKind::input);
    for (const char c : text) parser.feed({&c, 1});
    parser.finish();
    CHECK_MESSAGE(sink.last == std::strtod(text.c_str(), nullptr), text);
  }
}

TEST_CASE("hostile documents are refused with the byte") {
  struct Case {
    std::string document;
    std::string message;
  };
  const std::vector<Case> cases{
      {"", "doc: the document is empty"},
      {" \n\t ", "doc: the document is empty"},
      {"\xEF\xBB\xBF{}", "doc: begins with a byte order mark at byte 0"},
      {std::string("\xFF\xFE{\0}\0", 6), "doc: looks like UTF-16 at byte 0"},
      {"<html><body>502 Bad Gateway</body></html>", "doc: not JSON but HTML or XML at byte 0"},
      {"{", "doc: the document ends too early at byte 1"},
      {"[1,2", "doc: the document ends too early at byte 4"},
      {"\"abc", "doc: the document ends too early at byte 4"},
      {"tru", "doc: the document ends too early at byte 3"},
      {"{} x", "doc: text behind the end of the document at byte 3"},
      {"{}{}", "doc: text behind the end of the document at byte 2"},
      {"1 2", "doc: text behind the end of the document at byte 2"},
      {"[1,]", "doc: not valid JSON at byte 3"},
      {"{\"a\":1,}", "doc: not valid JSON at byte 7"},
      {"{a:1}", "doc: not valid JSON at byte 1"},
      {"[NaN]", "doc: not valid JSON at byte 1"},
      {"[Infinity]", "doc: not valid JSON at byte 1"},
      {"[01]", "doc: not valid JSON at byte 2"},
      {"[1e400]", "doc: number out of range at byte 6"},
      {"[-1e400]", "doc: number out of range at byte 7"},
      {"// c\n{}", "doc: not valid JSON at byte 0"},
      {"{} // c", "doc: text behind the end of the document at byte 3"},
      {"[\"a\nb\"]", "doc: not valid JSON at byte 3"},
      {"[\"\xC0\xAF\"]", "doc: not valid JSON at byte 2"},
      {"[\"\xED\xA0\x80\"]", "doc: not valid JSON at byte 2"},
      {R"(["\ud800"])", "doc: not valid JSON at byte 8"},
      {R"(["\udc00\ud800"])", "doc: an escaped surrogate without its other half at byte 3"},
      {R"({"a":1,"b":2,"a":3})", "doc: duplicate key 'a' at byte 15"},
      {R"({"x":{"k":1,"k":1}})", "doc: duplicate key 'k' at byte 14"},
      {R"({"a":1,"\u0061":3})", "doc: duplicate key 'a' at byte 14"},
      {R"({"":1,"":3})", "doc: duplicate key '' at byte 7"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.document);
    CHECK(failure_of(c.document) == c.message);
    CHECK_FALSE(failure_of(c.document, {}, 1).starts_with("accepted"));
  }
}

TEST_CASE("duplicate keys are found among many, and only within one object") {
  std::string many = "{";
  for (int i = 0; i < 1000; ++i)
    many += "\"key" + std::to_string(i) + "\":{\"key1\":" + std::to_string(i) + "},";
  CHECK(failure_of(many + "\"last\":1}").starts_with("accepted"));
  for (const int again : {0, 15, 16, 17, 999}) {
    CHECK(failure_of(many + "\"key" + std::to_string(again) + "\":1}").find("duplicate key") !=
          std::string::npos);
  }
  CHECK(failure_of(R"([{"a":1},{"a":1}])").starts_with("accepted"));
}

TEST_CASE("duplicate keys are found whatever numbers the reader has for them") {
  /// Numbers the keys k0, k1, ... by their digits where it knows them.
  class Numbering final : public JsonSink {
   public:
    explicit Numbering(int known) : known_(known) {}
    void begin_object() override {}
    void end_object() override {}
    void begin_array() override {}
    void end_array() override {}
    int key(std::string_view name) override {
      const int number = std::stoi(std::string(name.substr(1)));
      return number < known_ ? number : unnumbered;
    }
    void string(std::string_view) override {}
    void integer(std::int64_t) override {}
    void number(double) override {}
    void boolean(bool) override {}
    void null() override {}

   private:
    int known_;
  };
  std::mt19937 random(5);
  const auto below = [&](int n) { return std::uniform_int_distribution(0, n - 1)(random); };
  int twice = 0;
  /// An object of random keys, and objects in it.
  const auto object = [&](const auto& self, int depth) -> std::string {
    std::string out;
    std::set<int> used;
    for (auto count = below(depth == 0 ? 25 : 4); count > 0; --count) {
      const int number = below(90);
      if (used.contains(number) && below(30) > 0) continue;
      twice += used.insert(number).second ? 0 : 1;
      out += std::string(out.empty() ? "" : ",") + (below(2) == 0 ? "\"k" : R"("\u006b)") + std::to_string(number) + "\":" +
             (depth < 2 && below(3) == 0 ? self(self, depth + 1) : "1");
    }
    return "{" + out + "}";
  };
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    twice = 0;
    const auto document = object(object, 0);
    CAPTURE(document);
    for (const int known : {0, 20, 64, 90}) {
      Numbering sink(known);
      const auto message = message_of([&] {
        JsonParser parser(sink, "doc", ErrorKind::input);
        parser.feed(document);
        parser.finish();
      });
      REQUIRE((message.find("duplicate key") != std::string::npos) == (twice > 0));
    }
    refused += twice > 0 ? 1 : 0;
  }
  CHECK(refused > 100);
  CHECK(refused < 3000);
}

TEST_CASE("limits of depth, string and total size") {
  const JsonLimits limits{3, 10, 60};
  CHECK(failure_of("[[[1]]]", limits).starts_with("accepted"));
  CHECK(failure_of("[[[[1]]]]", limits) == "doc: nested deeper than 3 levels at byte 3");
  CHECK(failure_of("{\"a\":{\"a\":[{}]}}", limits).find("nested deeper") != std::string::npos);
  CHECK(failure_of("[\"0123456789\"]", limits).starts_with("accepted"));
  for (const std::size_t step : {std::size_t{0}, std::size_t{1}, std::size_t{4}}) {
    CHECK(failure_of("[\"0123456789a\"]", limits, step).find("a string of more than 10 bytes") !=
          std::string::npos);
    CHECK(failure_of("{\"0123456789a\":1}", limits, step).find("more than 10 bytes") != std::string::npos);
    CHECK(failure_of(R"(["\n\n\n\n\n\n\n\n\n\n"])", limits, step).starts_with("accepted"));
    CHECK(failure_of(R"(["\n123456789a"])", limits, step).find("more than 10 bytes") != std::string::npos);
    CHECK(failure_of(R"({"0123\n56789a":1})", limits, step).find("more than 10 bytes") != std::string::npos);
  }
  CHECK(failure_of("[" + std::string(80, ' ') + "]", limits) == "doc: longer than 60 bytes at byte 60");
  CHECK(failure_of("[" + std::string(100000, '9') + "]", {}, 1000).find("number too long") !=
        std::string::npos);
  CHECK(failure_of(std::string(100000, '[')).find("nested deeper than 64") != std::string::npos);
}

TEST_CASE("a parser that failed stays failed") {
  Trace out;
  JsonParser parser(out, "doc", ErrorKind::input);
  CHECK_THROWS_AS(parser.feed("]"), Error);
  CHECK_THROWS_AS(parser.feed("{}"), Error);
  CHECK_THROWS_AS(parser.finish(), Error);
}

TEST_CASE("a small document as a tree") {
  const auto tree = parse_json(rich, "doc", ErrorKind::api);
  CHECK(boost::json::serialize(tree.at("long key with ü and \"quotes\"")) == R"({"b":{},"c":[]})");
  CHECK(tree.at("a").as_array().size() == 8);
  CHECK(parse_json("null", "doc", ErrorKind::api).is_null());
  CHECK(message_of([] { parse_json(R"({"a":1,"a":2})", "the answer", ErrorKind::api); }) ==
        "the answer: duplicate key 'a' at byte 9");
}

TEST_CASE("members are read with errors that name the path") {
  const auto tree =
      parse_json(R"({"items":[{"severity":"high","n":3,"whole":4.0,"half":0.5,"flag":true,"none":null,
    "at":"2026-01-02T03:04:05Z","tags":["a","b"],"bad tags":["a",1],"negative":-7}],"total":1})",
                 "page", ErrorKind::api);
  const JsonView view(tree, "page", ErrorKind::api);
  const auto item = view.require("items").items().at(0);
  CHECK(item.require_string("severity") == "high");
  CHECK(item.require_integer("n") == 3);
  CHECK(item.require_integer("whole") == 4);
  CHECK(item.require_integer("negative") == -7);
  CHECK(item.optional_number("half") == 0.5);
  CHECK(item.optional_number("n") == 3.0);
  CHECK(item.require_boolean("flag"));
  CHECK(item.optional_instant("at") == parse_instant("2026-01-02T03:04:05Z"));
  CHECK(item.optional_strings("tags") == std::vector<std::string_view>{"a", "b"});
  for (const char* absent : {"none", "missing"}) {
    CHECK_FALSE(item.find(absent));
    CHECK_FALSE(item.optional_string(absent));
    CHECK_FALSE(item.optional_integer(absent));
    CHECK_FALSE(item.optional_number(absent));
    CHECK_FALSE(item.optional_instant(absent));
    CHECK(item.optional_strings(absent).empty());
  }
  CHECK(message_of([&] { item.require("missing"); }) == "page: /items/0/missing: missing");
  CHECK(message_of([&] { item.require_string("n"); }) == "page: /items/0/n: not a string");
  CHECK(message_of([&] { item.require_string("none"); }) == "page: /items/0/none: not a string");
  CHECK(message_of([&] { item.require_integer("half"); }) == "page: /items/0/half: not an integer");
  CHECK(message_of([&] { item.require_integer("severity"); }) == "page: /items/0/severity: not an integer");
  CHECK(message_of([&] { item.require_boolean("n"); }) == "page: /items/0/n: not true or false");
  CHECK(message_of([&] { item.optional_number("flag"); }) == "page: /items/0/flag: not a number");
  CHECK(message_of([&] { item.optional_instant("severity"); }) ==
        "page: /items/0/severity: not a date and time: 'high'");
  CHECK(message_of([&] { item.optional_strings("bad tags"); }) == "page: /items/0/bad tags/1: not a string");
  CHECK(message_of([&] { view.require("total").items(); }) == "page: /total: not an array");
  CHECK(message_of([&] { view.require("total").find("x"); }) == "page: /total: not an object");
  CHECK(message_of([&] { view.fail("odd"); }) == "page: odd");
}
