#include "sandbox/validation.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parser.hpp>
#include <limits>
#include <sstream>

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "sandbox/http.hpp"

namespace kolega::sandbox {

namespace {

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

void write_value(JsonWriter& json, const boost::json::value& value) {
  if (const auto* object = value.if_object()) {
    json.begin_object();
    for (const auto& [key, member] : *object) write_value(json.key(key), member);
    json.end_object();
  } else if (const auto* array = value.if_array()) {
    json.begin_array();
    for (const auto& item : *array) write_value(json, item);
    json.end_array();
  } else if (const auto* text = value.if_string()) {
    json.value(std::string_view(*text));
  } else if (const auto* integer = value.if_int64()) {
    json.value(*integer);
  } else if (const auto* natural = value.if_uint64()) {
    json.value(*natural);
  } else if (const auto* number = value.if_double()) {
    json.value(*number);  // infinite becomes null: Boost.JSON would write it back as no JSON at all
  } else if (const auto* flag = value.if_bool()) {
    json.value(*flag);
  } else {
    json.null();
  }
}

/// The "input" of an issue: what was sent, as JSON text.
std::string echo(const boost::json::value& value) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::compact);
  write_value(json, value);
  json.finish();
  return std::move(out).str();
}

/// "'a', 'b' or 'c'"
std::string alternatives(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += "'" + std::string(words[i]) + "'";
  }
  return out;
}

Issue not_among(std::vector<std::string> loc, std::string input, std::span<const std::string_view> allowed) {
  const auto expected = alternatives(allowed);
  return {"enum", std::move(loc), "Input should be " + expected, std::move(input),
          R"({"expected":)" + json_quoted(expected) + "}"};
}

bool is_among(std::string_view word, std::span<const std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), word) != allowed.end();
}

/// Pydantic takes blanks around and a sign before the digits; what is too large for us is the largest we
/// have.
std::optional<std::int64_t> parse_lax_integer(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits) return std::nullopt;
  const auto magnitude = parse_decimal(text).value_or(std::numeric_limits<std::int64_t>::max());
  return negative ? -magnitude : magnitude;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

void write_issue(JsonWriter& json, const Issue& issue) {
  json.begin_object().member("type", issue.type).key("loc").begin_array();
  for (const auto& step : issue.loc) all_digits(step) ? json.raw(step) : json.value(step);
  json.end_array().member("msg", issue.message).key("input").raw(issue.input);
  if (!issue.ctx.empty()) json.key("ctx").raw(issue.ctx);
  json.end_object();
}

/// FastAPI parses a body only when it is declared as JSON (or not declared at all).
bool declares_json(const net::ServerRequest& request) {
  const auto header = request.header("Content-Type");
  if (!header) return true;
  const auto type = to_lower_ascii(trim(header->substr(0, header->find(';'))));
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

std::optional<boost::json::object> parse_body(const net::ServerRequest& request, std::vector<Issue>& issues) {
  static constexpr auto no_object = "Input should be a valid dictionary or object to extract fields from";
  if (request.body.empty()) {
    issues.push_back({"missing", {"body"}, "Field required", "null", ""});
    return std::nullopt;
  }
  if (!declares_json(request)) {
    issues.push_back({"model_attributes_type", {"body"}, no_object, json_quoted(request.body), ""});
    return std::nullopt;
  }
  boost::json::parser parser;
  boost::system::error_code failure;
  const auto read = parser.write_some(request.body.data(), request.body.size(), failure);
  if (failure || request.body.find_first_not_of(" \t\r\n", read) != std::string::npos) {
    const auto why = failure ? std::string("Expecting value") : std::string("Extra data");
    issues.push_back({"json_invalid",
                      {"body", std::to_string(read)},
                      "JSON decode error",
                      "{}",
                      R"({"error":)" + json_quoted(why) + "}"});
    return std::nullopt;
  }
  auto value = parser.release();
  if (auto* object = value.if_object()) return std::move(*object);
  issues.push_back({"model_attributes_type", {"body"}, no_object, echo(value), ""});
  return std::nullopt;
}

}  // namespace

net::ServerResponse unprocessable(const std::vector<Issue>& issues) {
  return json_answer(422, [&issues](JsonWriter& json) {
    json.begin_object().key("detail").begin_array();
    for (const auto& issue : issues) write_issue(json, issue);
    json.end_array().end_object();
  });
}

std::int64_t QueryReader::integer(const std::string& name, std::int64_t fallback, std::int64_t least,
                                  std::optional<std::int64_t> most) {
  const auto found = query_.find(name);
  if (found == query_.end()) return fallback;
  const auto input = json_quoted(found->second);
  const auto value = parse_lax_integer(found->second);
  if (!value) {
    issues_.push_back({"int_parsing",
                       {"query", name},
                       "Input should be a valid integer, unable to parse string as an integer",
                       input,
                       ""});
    return fallback;
  }
  if (*value < least) {
    issues_.push_back({"greater_than_equal",
                       {"query", name},
                       "Input should be greater than or equal to " + std::to_string(least),
                       input,
                       R"({"ge":)" + std::to_string(least) + "}"});
  } else if (most && *value > *most) {
    issues_.push_back({"less_than_equal",
                       {"query", name},
                       "Input should be less than or equal to " + std::to_string(*most),
                       input,
                       R"({"le":)" + std::to_string(*most) + "}"});
  }
  return *value;
}

bool QueryReader::boolean(const std::string& name, bool fallback) {
  static constexpr std::array<std::string_view, 6> yes{"1", "true", "t", "yes", "y", "on"};
  static constexpr std::array<std::string_view, 6> no{"0", "false", "f", "no", "n", "off"};
  const auto found = query_.find(name);
  if (found == query_.end()) return fallback;
  const auto word = to_lower_ascii(found->second);
  if (is_among(word, yes)) return true;
  if (is_among(word, no)) return false;
  issues_.push_back({"bool_parsing",
                     {"query", name},
                     "Input should be a valid boolean, unable to interpret input",
                     json_quoted(found->second),
                     ""});
  return fallback;
}

std::optional<std::string> QueryReader::text(const std::string& name) const {
  const auto found = query_.find(name);
  return found == query_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Instant> QueryReader::instant(const std::string& name) {
  const auto found = query_.find(name);
  if (found == query_.end()) return std::nullopt;
  auto at = parse_instant(found->second);
  if (!at) at = parse_date(found->second);
  if (!at) {
    const std::string why = found->second.size() < 10 ? "input is too short" : "invalid character in year";
    issues_.push_back({"datetime_from_date_parsing",
                       {"query", name},
                       "Input should be a valid datetime or date, " + why,
                       json_quoted(found->second),
                       R"({"error":)" + json_quoted(why) + "}"});
  }
  return at;
}

std::optional<std::string> QueryReader::word(const std::string& name,
                                             std::span<const std::string_view> allowed) {
  auto value = text(name);
  if (!value || is_among(*value, allowed)) return value;
  issues_.push_back(not_among({"query", name}, json_quoted(*value), allowed));
  return std::nullopt;
}

BodyReader::BodyReader(const net::ServerRequest& request) : body_(parse_body(request, issues_)) {}

const boost::json::value* BodyReader::find(std::string_view name) const {
  return body_ ? body_->if_contains(name) : nullptr;
}

void BodyReader::add(std::string type, std::vector<std::string> loc, std::string message,
                     const boost::json::value& input, std::string ctx) {
  loc.insert(loc.begin(), "body");
  issues_.push_back({std::move(type), std::move(loc), std::move(message), echo(input), std::move(ctx)});
}

std::string BodyReader::required_text(std::string_view name, std::int64_t least,
                                      std::optional<std::int64_t> most) {
  const auto* value = find(name);
  if (!value) {
    add("missing", {std::string(name)}, "Field required", *body_);
    return {};
  }
  const auto* text = value->if_string();
  if (!text) {
    add("string_type", {std::string(name)}, "Input should be a valid string", *value);
    return {};
  }
  const auto length = static_cast<std::int64_t>(display_width(*text));
  const auto characters = [](std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " character" : " characters");
  };
  if (length < least) {
    add("string_too_short", {std::string(name)}, "String should have at least " + characters(least), *value,
        R"({"min_length":)" + std::to_string(least) + "}");
  } else if (most && length > *most) {
    add("string_too_long", {std::string(name)}, "String should have at most " + characters(*most), *value,
        R"({"max_length":)" + std::to_string(*most) + "}");
  }
  return std::string(*text);
}

std::optional<std::string> BodyReader::optional_text(std::string_view name) {
  const auto* value = find(name);
  if (!value || value->is_null()) return std::nullopt;
  return required_text(name, 0);
}

std::optional<std::vector<std::string>> BodyReader::texts(std::string_view name, std::size_t least) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  const auto* list = value->if_array();
  if (!list) {
    add("list_type", {std::string(name)}, "Input should be a valid list", *value);
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (const auto* text = (*list)[i].if_string()) {
      out.emplace_back(*text);
    } else {
      add("string_type", {std::string(name), std::to_string(i)}, "Input should be a valid string",
          (*list)[i]);
    }
  }
  if (list->size() < least) {
    const auto sizes =
        R"("min_length":)" + std::to_string(least) + R"(,"actual_length":)" + std::to_string(list->size());
    add("too_short", {std::string(name)},
        "List should have at least " + plural(least, "item") + " after validation, not " +
            std::to_string(list->size()),
        *value, R"({"field_type":"List",)" + sizes + "}");
  }
  return out;
}

std::optional<std::string> BodyReader::literal(std::string_view name,
                                               std::span<const std::string_view> allowed) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (const auto* word = value->if_string(); word && is_among(*word, allowed)) return std::string(*word);
  const auto expected = alternatives(allowed);
  add("literal_error", {std::string(name)}, "Input should be " + expected, *value,
      R"({"expected":)" + json_quoted(expected) + "}");
  return std::nullopt;
}

void BodyReader::refuse(std::string_view name, std::string_view why) {
  const auto* value = find(name);
  add("value_error", {std::string(name)}, "Value error, " + std::string(why),
      value ? *value : boost::json::value(), R"({"error":)" + json_quoted(why) + "}");
}

std::optional<std::string> body_word(const net::ServerRequest& request, std::string_view name,
                                     std::span<const std::string_view> allowed, std::vector<Issue>& issues) {
  const auto body = parse_body(request, issues);
  if (!body) return std::nullopt;
  const auto* value = body->if_contains(name);
  const std::vector<std::string> loc{"body", std::string(name)};
  if (!value) {
    issues.push_back({"missing", loc, "Field required", echo(*body), ""});
    return std::nullopt;
  }
  if (const auto* word = value->if_string(); word && is_among(std::string_view(*word), allowed)) {
    return std::string(*word);
  }
  issues.push_back(not_among(loc, echo(*value), allowed));
  return std::nullopt;
}

}  // namespace kolega::sandbox
