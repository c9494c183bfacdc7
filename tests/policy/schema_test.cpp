// policies/kolega-policy.schema.json is what json_schema() makes, and says the same as the loader.
#include <doctest/doctest.h>
#include <regex.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "policy/load.hpp"
#include "support/files.hpp"

using namespace kolega;
namespace json = boost::json;

namespace {

const auto schema_path = test::source_dir() / "policies/kolega-policy.schema.json";

/// POSIX, because g++ 12 warns about its own std::regex under the sanitizers.
bool fits_pattern(const char* pattern, const std::string& text) {
  regex_t compiled{};
  REQUIRE(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0);
  const bool fits = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return fits;
}

/// As much of JSON Schema as ours uses; an unknown keyword is a failure, so that none is skipped in silence.
class Validator {
 public:
  explicit Validator(const json::value& root) : root_(root) {}
  bool accepts(const yaml::Node& node) const { return check(root_.as_object(), node); }

 private:
  using Kind = yaml::Node::Kind;

  static bool is_integer(const yaml::Node& node) {
    return node.plain && parse_decimal(node.text).has_value();
  }
  static bool is_boolean(const yaml::Node& node) {
    return node.plain && (node.text == "true" || node.text == "false");
  }

  static bool has_type(const json::value& type, const yaml::Node& node) {
    if (const auto* list = type.if_array()) {
      return std::any_of(list->begin(), list->end(), [&](const json::value& t) { return has_type(t, node); });
    }
    const auto name = std::string_view(type.as_string());
    if (name == "object") return node.kind == Kind::map;
    if (name == "array") return node.kind == Kind::sequence;
    if (node.kind != Kind::scalar) return false;
    if (name == "number" && node.plain && fits_pattern("^[0-9]+[.][0-9]+$", node.text)) return true;
    if (name == "integer" || name == "number") return is_integer(node);
    if (name == "boolean") return is_boolean(node);
    return name == "string" && !is_integer(node) && !is_boolean(node);
  }

  bool check_all(const json::value& schemas, const yaml::Node& node, bool one_is_enough) const {
    const auto& list = schemas.as_array();
    const auto holds = [&](const json::value& s) { return check(s.as_object(), node); };
    return one_is_enough ? std::any_of(list.begin(), list.end(), holds)
                         : std::all_of(list.begin(), list.end(), holds);
  }

  bool check_members(const json::object& schema, const yaml::Node& node) const {
    const auto* properties = schema.if_contains("properties");
    const auto* more = schema.if_contains("additionalProperties");
    for (const auto& [key, value] : node.entries) {
      const auto* known = properties ? properties->as_object().if_contains(key.text) : nullptr;
      if (known && !check(known->as_object(), value)) return false;
      if (known || !more) continue;
      if (more->is_bool() ? !more->as_bool() : !check(more->as_object(), value)) return false;
    }
    return true;
  }

  bool check_keyword(const json::object& schema, std::string_view word, const json::value& value,
                     const yaml::Node& node) const {
    if (word == "$ref") {
      const auto name = std::string_view(value.as_string()).substr(8);
      return check(root_.as_object().at("$defs").as_object().at(name).as_object(), node);
    }
    if (word == "type") return has_type(value, node);
    if (word == "anyOf") return check_all(value, node, true);
    if (word == "const") return node.kind == Kind::scalar && node.text == std::string_view(value.as_string());
    if (word == "enum") {
      const auto& list = value.as_array();
      return node.kind == Kind::scalar && std::any_of(list.begin(), list.end(), [&](const json::value& v) {
               return (v.is_string() ? std::string(v.as_string()) : std::to_string(v.as_int64())) ==
                      node.text;
             });
    }
    if (word == "pattern") return fits_pattern(value.as_string().c_str(), node.text);
    if (word == "minLength") return node.text.size() >= static_cast<std::size_t>(value.as_int64());
    if (word == "minimum")
      return parse_decimal(node.text.substr(0, node.text.find('.'))).value_or(-1) >= value.as_int64();
    if (word == "maximum")
      return parse_decimal(node.text.substr(0, node.text.find('.'))).value_or(-1) <= value.as_int64();
    if (word == "minItems") return node.items.size() >= static_cast<std::size_t>(value.as_int64());
    if (word == "minProperties") return node.entries.size() >= static_cast<std::size_t>(value.as_int64());
    if (word == "uniqueItems") {
      std::set<std::string> seen;
      return std::all_of(node.items.begin(), node.items.end(), [&](const yaml::Node& item) {
        return item.text.empty() || seen.insert(item.text).second;
      });
    }
    if (word == "items") {
      return std::all_of(node.items.begin(), node.items.end(),
                         [&](const yaml::Node& item) { return check(value.as_object(), item); });
    }
    if (word == "propertyNames") {
      return std::all_of(node.entries.begin(), node.entries.end(),
                         [&](const auto& entry) { return check(value.as_object(), entry.first); });
    }
    if (word == "required") {
      const auto& list = value.as_array();
      return std::all_of(list.begin(), list.end(),
                         [&](const json::value& v) { return node.find(v.as_string().c_str()); });
    }
    if (word == "properties") return check_members(schema, node);
    if (word == "additionalProperties") return schema.contains("properties") || check_members(schema, node);
    if (word == "description" || word == "title" || word == "$schema" || word == "$defs") return true;
    FAIL("a keyword that this test does not know: ", std::string(word));
    return false;
  }

  bool check(const json::object& schema, const yaml::Node& node) const {
    return std::all_of(schema.begin(), schema.end(), [&](const auto& member) {
      return check_keyword(schema, member.key(), member.value(), node);
    });
  }

  const json::value& root_;
};

std::vector<std::string> property_names(const json::value& map) {
  std::vector<std::string> out;
  for (const auto& property : map.as_object().at("properties").as_object()) out.emplace_back(property.key());
  return out;
}

/// The keys that the loader names when it meets a key that resembles none of them.
std::vector<std::string> loader_keys(const std::string& text) {
  for (const auto& remark : policy::lint(text, "p").remarks) {
    if (remark.message.starts_with("unknown key 'qqqqqqqq'")) {
      auto hint = remark.hint.substr(4);
      for (std::size_t at; (at = hint.find(" or ")) != std::string::npos;) hint.replace(at, 4, ", ");
      std::vector<std::string> out;
      for (const auto part : split(hint, ',')) out.emplace_back(trim(part));
      return out;
    }
  }
  FAIL("the loader did not refuse the key");
  return {};
}

struct Wrong {
  std::string name;
  std::string text;
};

std::vector<Wrong> wrong_policies() {
  std::vector<Wrong> out;
  std::istringstream in(test::slurp(test::source_dir() / "tests/policy/wrong_policies.txt"));
  bool in_policy = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("==== ")) out.push_back({line.substr(5), {}});
    if (in_policy && line != "----") out.back().text += line + "\n";
    in_policy = line.starts_with("==== ") || (in_policy && line != "----");
  }
  return out;
}

}  // namespace

TEST_CASE("schema: the file is what the program makes") {
  if (std::getenv("KOLEGA_UPDATE")) std::ofstream(schema_path, std::ios::binary) << policy::json_schema();
  CHECK(test::slurp(schema_path) == policy::json_schema());
}

TEST_CASE("schema: it has the loader's keys, all of them and no other") {
  const auto schema = parse_json(policy::json_schema(), "schema", ErrorKind::internal);
  const auto& maps = schema.as_object().at("$defs").as_object();
  CHECK(property_names(schema) == loader_keys("qqqqqqqq: 1"));
  CHECK(property_names(maps.at("scan")) == loader_keys("scan: {qqqqqqqq: 1}"));
  CHECK(property_names(maps.at("on_incomplete")) == loader_keys("on_incomplete: {qqqqqqqq: 1}"));
  CHECK(property_names(maps.at("severity")) == loader_keys("severity: {qqqqqqqq: 1}"));
  CHECK(property_names(maps.at("triage")) == loader_keys("triage: {qqqqqqqq: 1}"));
  CHECK(property_names(maps.at("exclude")) == loader_keys("exclude: [{qqqqqqqq: 1}]"));
  CHECK(property_names(maps.at("rule")) == loader_keys("rules: [{qqqqqqqq: 1}]"));
  CHECK(property_names(maps.at("waivers")) == loader_keys("waivers: {qqqqqqqq: 1}"));
  CHECK(property_names(maps.at("waiver")) == loader_keys("waivers: {list: [{qqqqqqqq: 1}]}"));
  CHECK(property_names(maps.at("test")) == loader_keys("tests: [{qqqqqqqq: 1}]"));
  CHECK(property_names(maps.at("given")) == loader_keys("tests: [{given: {qqqqqqqq: 1}}]"));
  CHECK(property_names(maps.at("expect")) == loader_keys("tests: [{expect: {qqqqqqqq: 1}}]"));
  CHECK(property_names(maps.at("test_finding")) ==
        loader_keys("tests: [{given: {findings: [{qqqqqqqq: 1}]}}]"));
  CHECK(property_names(maps.at("when")) == loader_keys("rules: [{when: {qqqqqqqq: 1}}]"));
}

TEST_CASE("schema: it accepts what the loader accepts") {
  const auto schema = parse_json(policy::json_schema(), "schema", ErrorKind::internal);
  const Validator validator(schema);
  for (const auto& builtin : policy::builtins()) {
    CAPTURE(builtin.name);
    CHECK(validator.accepts(yaml::parse(builtin.text, "builtin")));
    CHECK(validator.accepts(to_node(policy::parse_policy(builtin.text, "builtin"))));
  }
  const std::string rich =
      "gate: v1\nname: 7\nscan: {types: secrets, timeout: 1h30m}\nseverity: {aliases: {error: high}}\n"
      "triage: {honor: []}\nexclude: [{paths: [a], reason: b}]\nbaseline: {from: previous_batch, first_run: "
      "all_new}\nrules:\n  - {id: fresh, scope: new}\n"
      "  - {id: a, when: {any: [{cwe: 79}, {severity: \">= low\"}], not: {status: [open]}}, max: {high: "
      "0}}\n"
      "  - {id: b, when: {cvss: \">=9.0\", age: \"> 1d12h\", category: x, fingerprint: 12, repository: a/*}, "
      "max_age: "
      "{high: 7d}, mode: warn, block_from: 2027-01-31T10:00:00+01:00, on_missing: match, branches: [main]}\n"
      "waivers: {require: [], max_days: 30, remind: 7d, unused: fail, from: head, list: [{id: W-1, match: "
      "{fingerprint: f}, "
      "limit: 2, expires: 2027-01-31, justification: x}]}\n"
      "tests:\n  - name: one\n    given: {findings: [{severity: error, scan_type: secrets, check_id: c, "
      "path: p, line: 7, "
      "message: m, fingerprint: f, status: ignored, category: x, repository: a/b, cwe: [79], owasp: [A03], "
      "cvss: 9.8, "
      "age: 40d, new: false, count: 3}], batch: {secrets_scan: partial_failure}, baseline: [{fingerprint: "
      "g}], changed: "
      "[src/a.c, \"src/b.c:3-9\"], at: 2027-01-31, branch: b, target_branch: main}\n    expect: {verdict: "
      "fail, rules: "
      "[a], exit: 1}\n  - {name: two, given: {findings: [], batch: timeout, baseline: none}, expect: {rules: "
      "[]}}\n";
  CHECK(policy::lint(rich, "rich").remarks.empty());
  CHECK(validator.accepts(yaml::parse(rich, "rich")));
  const std::string scalars =
      "gate: v1\nlock: r\nscan: {types: secrets}\ntriage: {honor: ignored}\nbreak_glass: {require: reason}\n"
      "exclude: [{paths: \"{a,b}/c\\\\ \", reason: b}]\nwaivers: {require: owner, list: [{id: W, owner: o, match: "
      "{fingerprint: f}}]}\nrules: [{id: r, branches: main, when: {path: \"!docs/**\", status: open}}]\n";
  CHECK(policy::lint(scalars, "scalars").remarks.empty());
  CHECK(validator.accepts(yaml::parse(scalars, "scalars")));
}

TEST_CASE("schema: it refuses most of what the loader refuses, and nothing that loads") {
  const auto schema = parse_json(policy::json_schema(), "schema", ErrorKind::internal);
  const Validator validator(schema);
  int refused = 0;
  int total = 0;
  for (const auto& wrong : wrong_policies()) {
    CAPTURE(wrong.name);
    std::vector<Diagnostic> remarks;
    const auto node = yaml::parse(wrong.text, "p", remarks);
    if (!node) continue;  // an editor's YAML reader has its own say
    ++total;
    const bool accepted = validator.accepts(*node);
    if (policy::lint(wrong.text, "p").policy) CHECK(accepted);
    refused += accepted ? 0 : 1;
  }
  CHECK(total > 90);
  CHECK(refused > total * 11 / 20);  // what paths a list leaves, for one, is beyond a schema
}
