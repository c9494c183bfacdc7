// The schema checker itself: what it must refuse, so that the contract tests mean something.
#include <doctest/doctest.h>

#include "support/openapi.hpp"

using kolega::test::OpenApi;

namespace {

boost::json::value parse(std::string_view text) {
  return boost::json::parse(text);
}

const OpenApi& checker() {
  static const OpenApi one(
      parse(R"({"paths":{"/x/{id}":{"get":{"responses":{"200":{"content":{"application/json":
      {"schema":{"$ref":"#/components/schemas/Row"}}}}}}}},
    "components":{"schemas":{
      "Word":{"type":"string","enum":["a","b"]},
      "Row":{"type":"object","required":["id","word"],"properties":{
        "id":{"type":"string","minLength":1,"maxLength":3},
        "word":{"$ref":"#/components/schemas/Word"},
        "at":{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]},
        "share":{"type":"number"},
        "count":{"type":"integer","minimum":0,"maximum":9},
        "either":{"type":["string","null"]},
        "list":{"type":"array","items":{"type":"string"},"minItems":1},
        "free":{"type":"object","additionalProperties":true}}}}}})"));
  return one;
}

std::size_t violations(std::string_view text) {
  return checker().check(checker().component("Row"), parse(text)).size();
}

}  // namespace

TEST_CASE("a right document passes") {
  CHECK(violations(R"({"id":"x","word":"a"})") == 0);
  CHECK(violations(R"({"id":"äöü","word":"b","at":"2026-09-21T14:13:20.5Z","share":1,"count":9,"either":null,
                       "list":["x"],"free":{"anything":1}})") == 0);
  CHECK(violations(R"({"id":"x","word":"a","at":null})") == 0);
}

TEST_CASE("each broken document is refused") {
  for (const auto* broken : {
           "[]",
           R"("x")",
           "null",
           R"({"word":"a"})",
           R"({"id":"x"})",
           R"({"id":1,"word":"a"})",
           R"({"id":"","word":"a"})",
           R"({"id":"long","word":"a"})",
           R"({"id":"x","word":"c"})",
           R"({"id":"x","word":null})",
           R"({"id":"x","word":"a","at":"yesterday"})",
           R"({"id":"x","word":"a","at":"2026-13-01T00:00:00Z"})",
           R"({"id":"x","word":"a","at":"2026-09-21T14:13:20"})",
           R"({"id":"x","word":"a","at":5})",
           R"({"id":"x","word":"a","share":"1"})",
           R"({"id":"x","word":"a","share":1e999})",
           R"({"id":"x","word":"a","count":-1})",
           R"({"id":"x","word":"a","count":10})",
           R"({"id":"x","word":"a","count":1.5})",
           R"({"id":"x","word":"a","either":1})",
           R"({"id":"x","word":"a","list":[]})",
           R"({"id":"x","word":"a","list":["x",2]})",
           R"({"id":"x","word":"a","list":{}})",
           R"({"id":"x","word":"a","free":[]})",
           R"({"id":"x","word":"a","surprise":1})",
       }) {
    INFO(broken);
    CHECK(violations(broken) > 0);
  }
}

TEST_CASE("a violation names its place") {
  const auto found =
      checker().check(checker().component("Row"), parse(R"({"id":"x","word":"a","list":["x",2]})"));
  REQUIRE(found.size() == 1);
  CHECK(found[0] == "/list/1: no string");
}

TEST_CASE("an answer needs a known status and JSON") {
  const OpenApi::Operation operation{"GET", "/x/{id}"};
  CHECK(checker().check_answer(operation, 200, R"({"id":"x","word":"a"})").empty());
  CHECK(!checker().check_answer(operation, 201, R"({"id":"x","word":"a"})").empty());
  CHECK(!checker().check_answer(operation, 200, "<html>").empty());
  CHECK(!checker().check_answer(operation, 200, "").empty());
}

TEST_CASE("what the checker does not know is an error, never skipped") {
  for (const auto* schema : {R"({"pattern":"x"})", R"({"format":"uuid"})", R"({"$ref":"other.json"})"}) {
    INFO(schema);
    CHECK_THROWS(checker().check(parse(schema), parse(R"("x")")));
  }
}
