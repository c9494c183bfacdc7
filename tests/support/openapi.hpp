// A small JSON Schema checker for the published OpenAPI document: only the keywords that it uses, and an
// unknown keyword is an error, so that nothing is skipped in silence. Members that the document does not name
// are errors too. Not for: the product; it shares no code with what it checks.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace kolega::test {

class OpenApi {
 public:
  using Violations = std::vector<std::string>;

  explicit OpenApi(boost::json::value document) : document_(std::move(document)) {}

  struct Operation {
    std::string method{};  ///< upper case
    std::string path{};    ///< with braces
    std::string name() const { return method + " " + path; }
    bool operator<(const Operation& other) const { return name() < other.name(); }
  };
  std::vector<Operation> operations() const {
    std::vector<Operation> out;
    for (const auto& [path, methods] : document_.at("paths").as_object()) {
      for (const auto& [method, operation] : methods.as_object()) out.push_back({upper(method), path});
    }
    return out;
  }
  const boost::json::object& operation(const Operation& of) const {
    return document_.at("paths").at(of.path).at(lower(of.method)).as_object();
  }
  const boost::json::value& component(std::string_view name) const {
    return document_.at("components").at("schemas").at(name);
  }

  /// What is wrong with an answer: a status that the contract does not know, no JSON, or a body against its
  /// schema.
  Violations check_answer(const Operation& of, int status, const std::string& body) const {
    const auto& responses = operation(of).at("responses").as_object();
    const auto* response = responses.if_contains(std::to_string(status));
    if (!response) return {"the contract knows no status " + std::to_string(status) + " here"};
    boost::system::error_code failure;
    const auto value = boost::json::parse(body, failure);
    if (failure) return {"the body is no JSON: " + failure.message()};
    return check(response->at("content").at("application/json").at("schema"), value);
  }

  /// The operation that a path without its query belongs to; literal segments win over braces.
  std::optional<Operation> find_operation(const std::string& method, const std::string& path) const {
    for (const auto& candidate : operations()) {
      if (candidate.method == method && fits(candidate.path, path)) return candidate;
    }
    return std::nullopt;
  }

  /// What is wrong with a request: a path, a query parameter or a body that the contract does not know so.
  /// The query is taken as sent, "a=b&c=d", its values decoded.
  Violations check_request(const std::string& method, const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& query,
                           const std::string& body) const {
    const auto of = find_operation(method, path);
    if (!of) return {"the contract knows no " + method + " " + path};
    Violations found;
    check_query(operation(*of), query, found);
    const auto* wanted = operation(*of).if_contains("requestBody");
    if (!wanted) {
      if (!body.empty()) found.push_back("a body where the contract has none: " + body);
      return found;
    }
    boost::system::error_code failure;
    const auto value = boost::json::parse(body, failure);
    if (failure) {
      found.push_back("the body is no JSON: " + body);
    } else {
      check(wanted->at("content").at("application/json").at("schema"), value, "body", found);
    }
    return found;
  }

  Violations check(const boost::json::value& schema, const boost::json::value& value) const {
    Violations found;
    check(schema, value, "", found);
    return found;
  }

 private:
  using Value = boost::json::value;

  static std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
  }
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  }

  static std::vector<std::string> segments(const std::string& path) {
    std::vector<std::string> out{""};
    for (const char c : path) {
      if (c == '/') {
        out.emplace_back();
      } else {
        out.back() += c;
      }
    }
    return out;
  }

  static bool fits(const std::string& pattern, const std::string& path) {
    const auto wanted = segments(pattern);
    const auto given = segments(path);
    if (wanted.size() != given.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const bool brace = wanted[i].starts_with('{');
      if (brace ? given[i].empty() : wanted[i] != given[i]) return false;
    }
    return true;
  }

  /// Text of a query as the type that its parameter has; text where it is none of that type.
  static Value typed(const Value& schema, const std::string& text) {
    const auto* type = schema.as_object().if_contains("type");
    boost::system::error_code failure;
    if (type && (*type == "integer" || *type == "boolean")) {
      auto value = boost::json::parse(text, failure);
      if (!failure) return value;
    }
    return Value(text);
  }

  void check_query(const boost::json::object& of,
                   const std::vector<std::pair<std::string, std::string>>& query, Violations& found) const {
    std::map<std::string, const Value*> known;
    if (const auto* parameters = of.if_contains("parameters")) {
      for (const auto& parameter : parameters->as_array()) {
        if (parameter.at("in") == "query") known[std::string(parameter.at("name").as_string())] = &parameter;
      }
    }
    std::set<std::string> given;
    for (const auto& [name, text] : query) {
      if (!given.insert(name).second) found.push_back("the parameter " + name + " is there twice");
      const auto parameter = known.find(name);
      if (parameter == known.end()) {
        found.push_back("unknown parameter " + name);
      } else {
        check(parameter->second->at("schema"), typed(parameter->second->at("schema"), text), name, found);
      }
    }
  }

  static bool is_type(std::string_view type, const Value& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "number") return value.is_number() && std::isfinite(value.to_number<double>());
    if (type == "integer") {
      return value.is_int64() || value.is_uint64() ||
             (value.is_double() && std::floor(value.as_double()) == value.as_double());
    }
    return false;
  }

  void check(const Value& schema, const Value& value, const std::string& at, Violations& found) const {
    for (const auto& [keyword, content] : schema.as_object())
      apply(keyword, content, schema, value, at, found);
  }

  void apply(std::string_view keyword, const Value& content, const Value& schema, const Value& value,
             const std::string& at, Violations& found) const {
    static const std::set<std::string_view> annotations{"title", "description", "default", "examples"};
    const auto fail = [&](const std::string& why) { found.push_back((at.empty() ? "/" : at) + ": " + why); };
    if (annotations.contains(keyword)) return;
    if (keyword == "$ref") return check(resolve(content.as_string()), value, at, found);
    if (keyword == "type") return check_type(content, value, fail);
    if (keyword == "enum") {
      const auto& words = content.as_array();
      if (std::find(words.begin(), words.end(), value) == words.end()) fail("not one of the enum");
    } else if (keyword == "const") {
      if (content != value) fail("not the constant");
    } else if (keyword == "anyOf") {
      check_any(content.as_array(), value, at, found);
    } else if (keyword == "properties") {
      check_properties(content.as_object(), value, at, found);
    } else if (keyword == "required") {
      check_required(content.as_array(), value, fail);
    } else if (keyword == "additionalProperties") {
      if (!content.is_bool()) check_others(content, schema, value, at, found);
    } else if (keyword == "items") {
      check_items(content, value, at, found);
    } else if (keyword == "format") {
      check_format(content.as_string(), value, fail);
    } else {
      check_bound(keyword, content, value, fail);
    }
    if (keyword == "properties") check_undocumented(schema, value, fail);
  }

  const Value& resolve(std::string_view reference) const {
    static constexpr std::string_view prefix = "#/components/schemas/";
    if (!reference.starts_with(prefix))
      throw std::runtime_error("unsupported $ref " + std::string(reference));
    return component(reference.substr(prefix.size()));
  }

  template <class Fail>
  static void check_type(const Value& content, const Value& value, Fail fail) {
    if (const auto* types = content.if_array()) {
      if (std::none_of(types->begin(), types->end(),
                       [&](const Value& t) { return is_type(t.as_string(), value); })) {
        fail("none of the types");
      }
    } else if (!is_type(content.as_string(), value)) {
      fail("no " + std::string(content.as_string()));
    }
  }

  void check_any(const boost::json::array& schemas, const Value& value, const std::string& at,
                 Violations& found) const {
    Violations last;
    for (const auto& schema : schemas) {
      last.clear();
      check(schema, value, at, last);
      if (last.empty()) return;
    }
    found.push_back((at.empty() ? "/" : at) + ": none of anyOf");
  }

  void check_properties(const boost::json::object& properties, const Value& value, const std::string& at,
                        Violations& found) const {
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.as_object()) {
      if (const auto* schema = properties.if_contains(name)) {
        check(*schema, member, at + "/" + std::string(name), found);
      }
    }
  }

  template <class Fail>
  static void check_undocumented(const Value& schema, const Value& value, Fail fail) {
    if (!value.is_object() || schema.as_object().contains("additionalProperties")) return;
    for (const auto& [name, member] : value.as_object()) {
      if (!schema.at("properties").as_object().contains(name))
        fail("undocumented member " + std::string(name));
    }
  }

  void check_others(const Value& content, const Value& schema, const Value& value, const std::string& at,
                    Violations& found) const {
    if (!value.is_object()) return;
    const auto* properties = schema.as_object().if_contains("properties");
    for (const auto& [name, member] : value.as_object()) {
      if (properties && properties->as_object().contains(name)) continue;
      check(content, member, at + "/" + std::string(name), found);
    }
  }

  template <class Fail>
  static void check_required(const boost::json::array& names, const Value& value, Fail fail) {
    if (!value.is_object()) return;
    for (const auto& name : names) {
      if (!value.as_object().contains(name.as_string())) fail("no member " + std::string(name.as_string()));
    }
  }

  void check_items(const Value& content, const Value& value, const std::string& at, Violations& found) const {
    if (!value.is_array()) return;
    std::size_t i = 0;
    for (const auto& item : value.as_array()) check(content, item, at + "/" + std::to_string(i++), found);
  }

  template <class Fail>
  static void check_format(std::string_view format, const Value& value, Fail fail) {
    static const std::regex date_time(
        R"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
    if (format != "date-time") throw std::runtime_error("unsupported format " + std::string(format));
    if (value.is_string() && !std::regex_match(std::string(value.as_string()), date_time))
      fail("no date-time");
  }

  template <class Fail>
  static void check_bound(std::string_view keyword, const Value& content, const Value& value, Fail fail) {
    const auto bound = content.to_number<double>();
    const bool least = keyword == "minimum" || keyword == "minLength" || keyword == "minItems";
    double measure = 0;
    if (keyword == "minimum" || keyword == "maximum") {
      if (!value.is_number()) return;
      measure = value.to_number<double>();
    } else if (keyword == "minLength" || keyword == "maxLength") {
      if (!value.is_string()) return;
      const auto& text = value.as_string();
      measure = static_cast<double>(std::count_if(
          text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    } else if (keyword == "minItems" || keyword == "maxItems") {
      if (!value.is_array()) return;
      measure = static_cast<double>(value.as_array().size());
    } else {
      throw std::runtime_error("unsupported keyword " + std::string(keyword));
    }
    if (least ? measure < bound : measure > bound) fail("against " + std::string(keyword));
  }

  Value document_;
};

}  // namespace kolega::test
