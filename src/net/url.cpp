#include "net/url.hpp"

#include <arpa/inet.h>

#include <array>
#include <boost/url.hpp>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::net {

namespace urls = boost::urls;

namespace {

constexpr std::string_view hint = "give it as https://HOST, https://HOST:PORT or https://HOST/PATH";

/// What is wrong, without the text itself where that may hold a password.
Error bad_url(std::string_view what, std::string_view text, std::string_view why) {
  std::string message(what);
  if (!text.empty() && text.find('@') == std::string_view::npos) message += " '" + printable(text, 100) + "'";
  return Error(ErrorKind::usage, message + ": " + std::string(why), std::string(hint));
}

std::uint16_t port_of(const urls::url_view& url, std::string_view what, std::string_view text) {
  if (!url.has_port()) return url.scheme_id() == urls::scheme::https ? 443 : 80;
  // Not port_number(): it wraps round beyond 65535.
  const auto number = parse_decimal({url.port().data(), url.port().size()});
  if (!number || *number < 1 || *number > 65535) {
    throw bad_url(what, text, "the port is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(*number);
}

std::string host_of(const urls::url_view& url, std::string_view what, std::string_view text) {
  const std::string_view host(url.encoded_host_address().data(), url.encoded_host_address().size());
  if (host.empty()) throw bad_url(what, text, "it names no host");
  for (const char c : host) {
    const auto plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain && std::string_view("-._:").find(c) == std::string_view::npos) {
      throw bad_url(what, text, "the host name holds a character that no host name has");
    }
  }
  if (host.starts_with('.') || host.find("..") != std::string_view::npos)
    throw bad_url(what, text, "a part of the host name is empty");
  auto out = to_lower_ascii(host);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

}  // namespace

bool Url::loopback() const {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return bytes[0] == 127;
  return host == "localhost" || host.ends_with(".localhost") || host == "::1";
}

std::string Url::origin() const {
  const auto bracketed = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  const auto default_port = scheme == "https" ? 443 : 80;
  return scheme + "://" + bracketed + (port == default_port ? "" : ":" + std::to_string(port));
}

Url parse_url(std::string_view whole, std::string_view what, bool allow_user) {
  const auto trimmed = trim(whole);
  // Where user information may stand, a mistyped one may stand anywhere: "http://user:password%40proxy".
  const auto text = allow_user ? std::string_view() : whole;
  const auto parsed = urls::parse_uri(urls::string_view(trimmed.data(), trimmed.size()));
  if (!parsed) throw bad_url(what, text, "not a URL");
  const urls::url_view& url = *parsed;
  if (url.scheme_id() != urls::scheme::http && url.scheme_id() != urls::scheme::https) {
    throw bad_url(what, text, "only http and https are supported");
  }
  if (url.has_userinfo() && !allow_user) throw bad_url(what, text, "user information does not belong here");
  if (url.has_query() || url.has_fragment())
    throw bad_url(what, text, "a query or fragment does not belong here");
  Url out;
  out.scheme = url.scheme_id() == urls::scheme::https ? "https" : "http";
  out.host = host_of(url, what, text);
  out.port = port_of(url, what, text);
  const auto path = url.encoded_path();
  if (!path.empty() && path.front() != '/') {
    // Boost.URL 1.81 reads "127.0.0.1.evil.test" as the host 127.0.0.1 and a path.
    throw bad_url(what, text, "a host name that begins with an IPv4 address is not supported");
  }
  out.path.assign(path.data(), path.size());
  while (out.path.ends_with('/')) out.path.pop_back();
  if (url.has_userinfo()) out.user = Secret(url.userinfo());
  return out;
}

std::string path_segment(std::string_view text, std::string_view what) {
  if (text.empty() || text == "." || text == "..") {
    throw Error(ErrorKind::usage, std::string(what) + ": '" + std::string(text) + "' is not a name");
  }
  return urls::encode(urls::string_view(text.data(), text.size()), urls::unreserved_chars);
}

std::string query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    out += out.empty() ? '?' : '&';
    out += urls::encode(name, urls::unreserved_chars) + "=" + urls::encode(value, urls::unreserved_chars);
  }
  return out;
}

}  // namespace kolega::net
