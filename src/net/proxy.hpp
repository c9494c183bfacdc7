// Which proxy a request goes through, from the environment. Rules of curl and Go: design, RELIABILITY.
// Not for: talking to it (http_client.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/url.hpp"
#include "sys/system.hpp"

namespace kolega::net {

/// The proxy for `target`, or nothing, and what decided it: "HTTPS_PROXY", "NO_PROXY covers api.kolega.dev".
struct ProxyChoice {
  std::optional<Url> proxy{};
  std::string reason{};
};

/// Loopback is never proxied. Throws Error(usage) naming the variable when its value is no http:// URL; never
/// prints it when it holds a password.
ProxyChoice choose_proxy(const Url& target, const sys::Environment& environment);
/// The same without the reason.
std::optional<Url> find_proxy(const Url& target, const sys::Environment& environment);

/// Whether NO_PROXY's list covers the target: `*`, a name with all names below it, an address, a CIDR block,
/// each with an optional port.
bool is_excepted(std::string_view no_proxy, const Url& target);

/// "Basic ..." for user:password.
Secret basic_authorization(const Secret& user);

}  // namespace kolega::net
