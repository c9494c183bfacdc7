#include "base/yaml.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>

#include "base/text.hpp"

using namespace kolega;
using yaml::Node;

namespace {

/// Kind, text and structure without positions.
std::string shape(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "~";
    case Node::Kind::scalar:
      return node.plain ? node.text : "\"" + node.text + "\"";
    case Node::Kind::sequence: {
      std::string out = "[";
      for (const auto& item : node.items) out += shape(item) + ",";
      return out + "]";
    }
    case Node::Kind::map:
      break;
  }
  std::string out = "{";
  for (const auto& [key, value] : node.entries) out += shape(key) + ":" + shape(value) + ",";
  return out + "}";
}

std::string refusal(const std::string& text, const yaml::Limits& limits = {}) {
  try {
    return "read as " + shape(yaml::parse(text, "f", limits));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::policy);
    return error.what();
  }
}

}  // namespace

TEST_CASE("yaml: the subset that is read") {
  CHECK(shape(yaml::parse("a: 1\nb: [x, 'y', \"z\"]\n", "f")) == "{a:1,b:[x,\"y\",\"z\",],}");
  CHECK(shape(yaml::parse("a:\nb: ~\nc: null\nd: 'null'\n", "f")) == "{a:~,b:~,c:~,d:\"null\",}");
  CHECK(shape(yaml::parse("- 1\n- {x: yes}\n", "f")) == "[1,{x:yes,},]");
  CHECK(shape(yaml::parse("a: |\n  one\n  two\n", "f")) == "{a:\"one\ntwo\n\",}");
  CHECK(shape(yaml::parse("a: 'it''s'\n", "f")) == "{a:\"it's\",}");
  CHECK(shape(yaml::parse("a: \"x \\\" y\" # and a quote \"\n", "f")) == "{a:\"x \" y\",}");
  CHECK(shape(yaml::parse("\xEF\xBB\xBF"
                          "a: b\r\nc: d\r\n",
                          "f")) == "{a:b,c:d,}");
  CHECK(shape(yaml::parse(R"({"a": [1, true, null, "x\/y"], "b": {}})", "f")) ==
        "{\"a\":[1,true,~,\"x/y\",],\"b\":{},}");
  CHECK(shape(yaml::parse("---\na: b\n...\n", "f")) == "{a:b,}");
}

TEST_CASE("yaml: positions count from 1, and an empty value is blamed on its key") {
  const auto root = yaml::parse("a: 1\nmap:\n  empty:\n\n\n  list: [x,  y]\n", "dir/f.yaml");
  CHECK(root.pos == SourcePos{"dir/f.yaml", 1, 1});
  const auto* map = root.find("map");
  REQUIRE(map);
  CHECK(map->find("empty")->pos == SourcePos{"dir/f.yaml", 3, 3});
  CHECK(map->find("list")->items[1].pos == SourcePos{"dir/f.yaml", 6, 14});
  CHECK(map->find("list")->flow);
  CHECK_FALSE(map->flow);
  CHECK(root.find("absent") == nullptr);
  const auto with_bom = yaml::parse("\xEF\xBB\xBFkey: value\n", "f");
  CHECK(with_bom.find("key")->pos == SourcePos{"f", 1, 6});
}

TEST_CASE("yaml: what yaml-cpp accepts and a policy must not hold") {
  CHECK(refusal("a: 1\nb: 2\na: 3\n") == "f:3:1: duplicate key 'a'");
  CHECK(refusal("a: 1\n\"a\": 3\n") == "f:2:1: duplicate key 'a'");
  CHECK(refusal("x: {a: 1, a: 1}\n") == "f:1:11: duplicate key 'a'");
  CHECK(refusal("a: 1\n---\nb: 2\n") == "f:2:1: a second document starts here");
  CHECK(refusal("- a\nb: 1\n") == "f:2:1: a second document starts here");
  CHECK(refusal("a: &x 1\n") == "f:1:4: anchors (&name) are not part of a policy");
  CHECK(refusal("a: &x\n") == "f:1:4: anchors (&name) are not part of a policy");
  CHECK(refusal("&x a: 1\n") == "f:1:1: anchors (&name) are not part of a policy");
  CHECK(refusal("a: &a [1, *a]\n") == "f:1:4: anchors (&name) are not part of a policy");
  CHECK(refusal("a: *x\n") == "f:1:4: aliases (*name) are not part of a policy");
  CHECK(refusal("a: !!python/object:x {}\n") == "f:1:4: tags (!name) are not part of a policy");
  CHECK(refusal("a: !x\n") == "f:1:4: tags (!name) are not part of a policy");
  CHECK(refusal("a: ! b\n") == "f:1:4: tags (!name) are not part of a policy");
  CHECK(refusal("a: !<tag:x> [b]\n") == "f:1:4: tags (!name) are not part of a policy");
  CHECK(refusal("<<: {a: 1}\n") == "f:1:1: merge keys (<<) are not part of a policy");
  CHECK(refusal("a: \"b\n") == "f:1:4: the quote that opens here is never closed");
  CHECK(refusal("a: \"b\\\"\n") == "f:1:4: the quote that opens here is never closed");
  CHECK(refusal("a: 'b''\n") == "f:1:4: the quote that opens here is never closed");
  CHECK(refusal("\"b\n") == "f:1:1: the quote that opens here is never closed");
  CHECK(refusal("a: \"b") == "f:1:5: a quote is never closed");
  CHECK(refusal(std::string("a: b\0c\n", 7)) == "f:1:5: the character U+0000 is not allowed");
  CHECK(refusal("a: b\x07\n") == "f:1:5: the character U+0007 is not allowed");
  CHECK(refusal("a: b\xC2\x85\n") == "f:1:5: the character U+0085 is not allowed");
  CHECK(refusal("a: b # \xE2\x80\xAE\n") == "f:1:8: the character U+202E is not allowed");
  CHECK(refusal("a: b\rc: d\n") == "f:1:5: the character U+000D is not allowed");
  CHECK(refusal("a: \xFF\n") == "f:1:4: not UTF-8");
  CHECK(refusal("a: \xC0\xAF\n") == "f:1:4: not UTF-8");
  CHECK(refusal("a: \"\\0\"\n") ==
        "f:1:4: an escape in this text stands for a character that is not allowed");
  CHECK(refusal("a: \"\\u202e\"\n") ==
        "f:1:4: an escape in this text stands for a character that is not allowed");
  CHECK(refusal("[a]: 1\n") == "f:1:1: a key must be a word");
  CHECK(refusal("{{a: 1}: 1}\n") == "f:1:2: a key must be a word");
  CHECK(refusal(": 1\n") == "f:1:1: a key must be a word");
  CHECK(refusal("null: 1\n") == "f:1:1: a key must be a word");
}

TEST_CASE("yaml: nothing in it has a message of its own") {
  for (const auto* text : {"", "\n\n", "# a comment\n", "---\n", "--- ~\n", "\xEF\xBB\xBF"}) {
    CAPTURE(text);
    CHECK(refusal(text) == "f: the file is empty");
  }
}

TEST_CASE("yaml: the limits hold exactly") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(refusal(nested(64)).starts_with("read as"));
  CHECK(refusal(nested(65)) == "f:1:65: nested deeper than 64 levels");
  CHECK(refusal("[a, b]", {.nodes = 3}).starts_with("read as"));
  CHECK(refusal("[a, b, c]", {.nodes = 3}) == "f:1:8: more than 3 values");
  CHECK(refusal("a: " + std::string(97, 'x'), {.bytes = 100}).starts_with("read as"));
  CHECK(refusal("a: " + std::string(98, 'x'), {.bytes = 100}) ==
        "f: the file has 101 bytes, more than the 100 that are allowed");
}

TEST_CASE("yaml: an error carries the line with a caret, and what to do") {
  try {
    yaml::parse("a: 1\nb: {c: 2, c: 3}\n", "p.yaml");
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(render(error) ==
          "p.yaml:2:11: duplicate key 'c'\n"
          "  | b: {c: 2, c: 3}\n"
          "  |           ^\n"
          "hint: it stands on line 2 already; keep one of the two");
  }
}

TEST_CASE("yaml: the most hostile mebibyte is answered quickly") {
  constexpr std::size_t size = 1024 * 1024;
  const auto repeat = [](std::string_view piece) {
    std::string out;
    while (out.size() + piece.size() <= size) out += piece;
    return out;
  };
  std::string keys;
  for (int i = 0; keys.size() + 20 < size; ++i) keys += "k" + std::to_string(i) + ":\n";
  const std::vector<std::string> hostile{repeat("["),
                                         repeat("{a: "),
                                         repeat("- "),
                                         repeat("? "),
                                         repeat("-\n"),
                                         repeat("{},"),
                                         "[" + repeat("a,").substr(2),
                                         repeat("a: b\n"),
                                         repeat("&a "),
                                         repeat("!a "),
                                         repeat("*a\n"),
                                         repeat("[]\n"),
                                         repeat("---\n"),
                                         repeat("\"\\\""),
                                         repeat("''"),
                                         repeat("#\n"),
                                         "a: >\n" + repeat(" x\n").substr(6),
                                         keys,
                                         repeat("[[],"),
                                         repeat("%a b\n"),
                                         repeat("a:"),
                                         repeat("|"),
                                         "\"" + repeat("x").substr(9) + "\": 1",
                                         "[" + repeat("\"a\":b,").substr(9)};
  for (const auto& text : hostile) {
    CAPTURE(text.substr(0, 20));
    const auto start = std::chrono::steady_clock::now();
    std::vector<Diagnostic> remarks;
    const auto node = yaml::parse(text, "f", remarks);
    CHECK((node.has_value() || remarks.size() == 1));
    // Far above what a release build needs (under 0.4 s); a sanitizer build on a busy machine has to pass
    // too.
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  }
}

TEST_CASE("yaml: what is written reads back to the same tree") {
  const std::vector<std::string> texts{
      "a: 1\nb: two words\nc: [x, \"y\", {z: 1}]\nd:\n  - e: 1\n    f:\n      - g\n      - [h]\n  - ~\n",
      "\"key: with colon\": \"value # not a comment\"\n\"\": \"\"\n\"- a\": \" b \"\n",
      "a: \"line\\nbreak\\ttab \\\"quote\\\" back\\\\slash\"\nb: '*not an alias'\nc: \"!no tag\"\nd: '%x'\n",
      "- - - a\n    - b\n  - c\n- d\n",
      "a: []\nb: {}\nc: \"[]\"\nd: \"true\"\ne: true\nf: \"010\"\ng: \"\xC3\xA9\"\n",
      "just: \"a: b\"\n",
      "word\n",
  };
  for (const auto& text : texts) {
    CAPTURE(text);
    const auto once = yaml::parse(text, "f");
    const auto written = yaml::write(once);
    CAPTURE(written);
    CHECK(shape(yaml::parse(written, "written")) == shape(once));
    CHECK(yaml::write(yaml::parse(written, "written")) == written);
  }
}

TEST_CASE("yaml: how it is written") {
  const auto node =
      yaml::map({{"name", yaml::scalar("starter")},
                 {"list", yaml::sequence({yaml::scalar("a"), yaml::scalar("**/b")}, true)},
                 {"rules", yaml::sequence({yaml::map({{"id", yaml::scalar("x")}, {"max", yaml::scalar("0")}}),
                                           yaml::map({{"id", yaml::scalar("y")}}, true)})},
                 {"text", yaml::scalar("0", false)},
                 {"none", Node{}}});
  CHECK(yaml::write(node) ==
        "name: starter\n"
        "list: [a, \"**/b\"]\n"
        "rules:\n"
        "  - id: x\n"
        "    max: 0\n"
        "  - {id: y}\n"
        "text: \"0\"\n"
        "none: null\n");
}
