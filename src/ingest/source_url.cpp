// The pages of GitHub, GitLab and Azure Repos that a source URL can point to: lines and repository.
#include <charconv>

#include "base/path.hpp"
#include "base/text.hpp"
#include "ingest/join.hpp"
#include "ingest/uri.hpp"

namespace kolega::ingest {

namespace {

struct UrlParts {
  std::string_view path{};  ///< without the leading slash, not decoded
  std::string_view query{};
  std::string_view fragment{};
  std::string_view host{};
};

UrlParts split_url(std::string_view url) {
  UrlParts parts;
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return parts;
  url.remove_prefix(scheme + 3);
  if (const auto at = url.find('#'); at != std::string_view::npos) {
    parts.fragment = url.substr(at + 1);
    url = url.substr(0, at);
  }
  if (const auto at = url.find('?'); at != std::string_view::npos) {
    parts.query = url.substr(at + 1);
    url = url.substr(0, at);
  }
  const auto slash = std::min(url.find('/'), url.size());
  parts.host = url.substr(0, slash);
  parts.path = url.substr(std::min(slash + 1, url.size()));
  return parts;
}

std::string_view query_value(std::string_view query, std::string_view name) {
  for (const auto pair : split(query, '&')) {
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return {};
}

/// A line number at the start of `text`, which is cut behind it; 0 when there is none.
std::uint32_t take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{}) return 0;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  return number;
}

std::optional<Line> line_from(std::uint32_t first, std::uint32_t last) {
  if (first == 0) return std::nullopt;
  return Line{first, last < first ? first : last};
}

/// "L12-L20", "L12-20", "L12", also with columns as GitHub writes them: "L12C3-L20C9".
std::optional<Line> line_of_fragment(std::string_view fragment) {
  const auto skip_column = [&fragment] {
    if (!fragment.starts_with('C')) return;
    fragment.remove_prefix(1);
    take_number(fragment);
  };
  if (!fragment.starts_with('L')) return std::nullopt;
  fragment.remove_prefix(1);
  const auto first = take_number(fragment);
  skip_column();
  if (fragment.empty()) return line_from(first, first);
  if (!fragment.starts_with('-')) return std::nullopt;
  fragment.remove_prefix(1);
  if (fragment.starts_with('L')) fragment.remove_prefix(1);
  const auto last = take_number(fragment);
  skip_column();
  return fragment.empty() && last > 0 ? line_from(first, last) : std::nullopt;
}

bool ends_with_path(std::string_view whole, std::string_view path) {
  const auto tail = folded_path(path);
  const auto from = tail.find_first_not_of('/');
  if (from == std::string::npos) return false;
  return ("/" + std::string(whole)).ends_with("/" + tail.substr(from));
}

}  // namespace

std::optional<Line> line_of_source_url(std::string_view url, std::string_view path) {
  const auto parts = split_url(url);
  if (const auto azure_path = query_value(parts.query, "path"); !azure_path.empty()) {
    if (!ends_with_path(decode_percent(azure_path), path)) return std::nullopt;
    auto first = query_value(parts.query, "line");
    auto last = query_value(parts.query, "lineEnd");
    return line_from(take_number(first), take_number(last));
  }
  if (!ends_with_path(decode_percent(parts.path), path)) return std::nullopt;
  return line_of_fragment(parts.fragment);
}

std::string repository_of_source_url(std::string_view url) {
  const auto parts = split_url(url);
  if (const auto gitlab = parts.path.find("/-/"); gitlab != std::string_view::npos) {
    const auto name = parts.path.substr(0, gitlab);
    return name.find('/') == std::string_view::npos ? std::string{} : decode_percent(name);
  }
  const auto steps = split(parts.path, '/');
  for (std::size_t i = 1; i + 1 < steps.size(); ++i) {
    if (steps[i] == "_git") return decode_percent(steps[i - 1]) + "/" + decode_percent(steps[i + 1]);
  }
  const bool page = steps.size() > 3 && (steps[2] == "blob" || steps[2] == "blame" || steps[2] == "raw");
  if (!page || steps[0].empty() || steps[1].empty()) return {};
  return decode_percent(steps[0]) + "/" + decode_percent(steps[1]);
}

}  // namespace kolega::ingest
