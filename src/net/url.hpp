// URLs of the API and of proxies: parsing, origin, joining. Over Boost.URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.hpp"

namespace kolega::net {

struct Url {
  std::string scheme{};        ///< lower case
  std::string host{};          ///< lower case; IPv6 without brackets
  std::uint16_t port{};        ///< the default one filled in
  std::string path{};          ///< without a slash at the end
  Secret user{};               ///< user:password of a proxy URL, decoded; empty for others
  bool loopback() const;       ///< 127.0.0.0/8, ::1 or localhost
  /// "https://host:port", the port only when it is not the default one. Never user information.
  std::string origin() const;
};

/// http or https only, with a host; user information only when `allow_user`. Throws Error(usage) naming `what`.
Url parse_url(std::string_view text, std::string_view what, bool allow_user = false);

/// One path segment, percent-encoded; "." and ".." and empty throw Error(usage) naming `what`.
std::string path_segment(std::string_view text, std::string_view what);

/// "?a=b&c=d", percent-encoded, without the pairs whose value is empty; empty when none is left.
std::string query(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace kolega::net
