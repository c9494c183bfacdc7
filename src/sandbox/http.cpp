#include "sandbox/http.hpp"

#include <sstream>

#include "base/text.hpp"

namespace kolega::sandbox {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Malformed escapes stay as they are, as in Python's unquote.
std::string decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

Target parse_target(std::string_view target) {
  Target out;
  const auto mark = target.find('?');
  auto path = target.substr(0, mark);
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const auto segment : split(path, '/')) out.segments.push_back(decode(segment, false));
  if (mark == std::string_view::npos) return out;
  for (const auto pair : split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    out.query[decode(pair.substr(0, equals), true)] = decode(value, true);
  }
  return out;
}

std::string encode_path(std::string_view path) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (unreserved(c) || c == '/') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return out;
}

net::ServerResponse json_answer(int status, const WriteJson& write) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::compact);
  write(json);
  json.finish();
  net::ServerResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(out).str();
  return response;
}

net::ServerResponse detail_answer(int status, std::string_view detail) {
  return json_answer(
      status, [detail](JsonWriter& json) { json.begin_object().member("detail", detail).end_object(); });
}

net::ServerResponse unauthorized(std::string_view detail) {
  auto response = detail_answer(401, detail);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

net::ServerResponse not_found(std::string_view what) {
  return detail_answer(404, what.empty() ? std::string("Not Found") : std::string(what) + " not found");
}

net::ServerResponse method_not_allowed(const std::vector<std::string>& allowed) {
  auto response = detail_answer(405, "Method Not Allowed");
  response.headers.emplace_back("Allow", join(allowed, ", "));
  return response;
}

net::ServerResponse quota_exhausted(std::string_view quota_type) {
  return json_answer(403, [quota_type](JsonWriter& json) {
    json.begin_object().key("detail").begin_object();
    json.member("detail", "No " + std::string(quota_type) + " left in the current period");
    json.member("error_code", "OPERATION_FAILED").member("quota_type", quota_type);
    json.end_object().end_object();
  });
}

}  // namespace kolega::sandbox
