#include "ingest/uri.hpp"

#include <algorithm>

#include "base/path.hpp"
#include "base/text.hpp"

namespace kolega::ingest {

namespace {
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
}  // namespace

std::string decode_percent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  if (out.find('\0') != std::string::npos || find_invalid_utf8(out)) return std::string(text);
  return out;
}

std::string uri_scheme(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos || colon < 2 || !is_letter(uri[0])) return {};
  const auto scheme = uri.substr(0, colon);
  const bool valid = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
  return valid ? to_lower_ascii(scheme) : std::string{};
}

std::string file_uri_path(std::string_view uri) {
  uri.remove_prefix(std::min(uri.find(':') + 1, uri.size()));
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    // The authority, "localhost" or nothing; a share's server name is not part of a path in a repository.
    uri.remove_prefix(std::min(uri.find('/'), uri.size()));
  }
  auto path = folded_path(decode_percent(uri));
  const bool drive = path.size() > 2 && path[0] == '/' && is_letter(path[1]) && path[2] == ':';
  return drive ? path.substr(1) : path;
}

}  // namespace kolega::ingest
