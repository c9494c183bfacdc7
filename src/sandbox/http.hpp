// The shapes of HTTP that the sandbox needs: a request taken apart, the answers of a FastAPI service.
// Not for: sockets (net/server.hpp), what the answers say (handlers_*.cpp).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.hpp"
#include "net/server.hpp"

namespace kolega::sandbox {

/// The path and query of a request, decoded. Of a repeated parameter the last one counts, as in Starlette.
struct Target {
  std::vector<std::string> segments{};   ///< of the path; an empty last one stands for a slash at the end
  std::map<std::string, std::string> query{};
};
Target parse_target(std::string_view target);

/// Everything but unreserved characters as %XX; slashes are kept.
std::string encode_path(std::string_view path);

using WriteJson = std::function<void(JsonWriter&)>;
net::ServerResponse json_answer(int status, const WriteJson& write);

/// {"detail": "..."}
net::ServerResponse detail_answer(int status, std::string_view detail);
net::ServerResponse unauthorized(std::string_view detail);
net::ServerResponse not_found(std::string_view what);
net::ServerResponse method_not_allowed(const std::vector<std::string>& allowed);
/// 403 in the envelope that names the quota.
net::ServerResponse quota_exhausted(std::string_view quota_type);

}  // namespace kolega::sandbox
