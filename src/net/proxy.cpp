#include "net/proxy.hpp"

#include <arpa/inet.h>
#include <openssl/evp.h>

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::net {

namespace {

struct Setting {
  std::string name;
  std::string value;
};

/// Lower case wins, as in curl.
std::optional<Setting> find_setting(const sys::Environment& environment, const std::string& lower,
                                    const std::string& upper) {
  if (auto value = environment.find(lower)) return Setting{lower, *value};
  if (auto value = environment.find(upper)) return Setting{upper, *value};
  return std::nullopt;
}

std::optional<Setting> proxy_setting(const std::string& scheme, const sys::Environment& environment) {
  std::optional<Setting> found;
  if (scheme == "https") {
    found = find_setting(environment, "https_proxy", "HTTPS_PROXY");
  } else {
    // Under CGI, HTTP_PROXY may be the client's own "Proxy:" header (httpoxy, CVE-2016-5385).
    const auto upper = environment.find("REQUEST_METHOD") ? "http_proxy" : "HTTP_PROXY";
    found = find_setting(environment, "http_proxy", upper);
  }
  return found ? found : find_setting(environment, "all_proxy", "ALL_PROXY");
}

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits{};  ///< 32 or 128
};

std::optional<Address> parse_address(std::string_view text) {
  Address out;
  const std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) {
    out.bits = 32;
    return out;
  }
  if (inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1) {
    out.bits = 128;
    return out;
  }
  return std::nullopt;
}

bool in_block(const Address& address, const Address& network, long long prefix) {
  if (address.bits != network.bits || prefix > address.bits) return false;
  for (int bit = 0; bit < prefix; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const auto mask = 0x80 >> (bit % 8);
    if ((address.bytes[at] & mask) != (network.bytes[at] & mask)) return false;
  }
  return true;
}

bool matches_block(std::string_view entry, std::string_view host) {
  const auto slash = entry.find('/');
  const auto network = parse_address(entry.substr(0, slash));
  const auto prefix = parse_decimal(entry.substr(slash + 1));
  const auto address = parse_address(host);
  return network && prefix && address && in_block(*address, *network, *prefix);
}

/// Takes ":port" and the brackets of IPv6 off an entry. A bare IPv6 address has several colons and no port.
std::optional<std::string_view> split_port(std::string_view& entry) {
  std::optional<std::string_view> port;
  const auto bracket = entry.find(']');
  if (entry.starts_with('[') && bracket != std::string_view::npos) {
    const auto rest = entry.substr(bracket + 1);
    if (rest.starts_with(':')) port = rest.substr(1);
    entry = entry.substr(1, bracket - 1);
    return port;
  }
  const auto colon = entry.find(':');
  if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos) return port;
  port = entry.substr(colon + 1);
  entry = entry.substr(0, colon);
  return port;
}

bool matches_host(std::string_view entry, const std::string& host) {
  const auto entry_address = parse_address(entry);
  const auto host_address = parse_address(host);
  if (entry_address || host_address) {
    return entry_address && host_address && entry_address->bits == host_address->bits &&
           entry_address->bytes == host_address->bytes;
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);  // curl: ".example.com" covers example.com as well
  if (entry.ends_with('.')) entry.remove_suffix(1);
  if (entry.empty()) return false;
  const auto name = to_lower_ascii(entry);
  return host == name || host.ends_with("." + name);
}

bool matches_entry(std::string_view entry, const Url& target) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return matches_block(entry, target.host);
  const auto port = split_port(entry);
  if (port && parse_decimal(*port) != target.port) return false;
  return matches_host(entry, target.host);
}

}  // namespace

bool is_excepted(std::string_view no_proxy, const Url& target) {
  while (!no_proxy.empty()) {
    const auto end = no_proxy.find_first_of(", \t\n");
    const auto entry = no_proxy.substr(0, end);
    if (!entry.empty() && matches_entry(entry, target)) return true;
    if (end == std::string_view::npos) break;
    no_proxy.remove_prefix(end + 1);
  }
  return false;
}

ProxyChoice choose_proxy(const Url& target, const sys::Environment& environment) {
  if (target.loopback()) return {std::nullopt, "loopback is never proxied"};
  const auto setting = proxy_setting(target.scheme, environment);
  if (!setting) return {std::nullopt, "no variable names one"};
  const auto exceptions = find_setting(environment, "no_proxy", "NO_PROXY");
  if (exceptions && is_excepted(exceptions->value, target))
    return {std::nullopt, exceptions->name + " covers " + target.host};
  const auto bare = setting->value.find("://") == std::string::npos;
  auto proxy = parse_url(bare ? "http://" + setting->value : setting->value, setting->name, true);
  if (proxy.scheme != "http") {
    throw Error(ErrorKind::usage,
                setting->name + ": a proxy that is itself reached by https is not supported",
                "give it as http://[USER:PASSWORD@]HOST:PORT; https requests are tunnelled through it");
  }
  return {std::move(proxy), setting->name};
}

std::optional<Url> find_proxy(const Url& target, const sys::Environment& environment) {
  return choose_proxy(target, environment).proxy;
}

Secret basic_authorization(const Secret& user) {
  const auto plain = user.reveal();
  std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
  const auto size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return Secret("Basic " + encoded);
}

}  // namespace kolega::net
