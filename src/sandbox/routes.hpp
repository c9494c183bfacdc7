// The table of everything that the sandbox serves: method, path, scope, handler. A new endpoint is one row here.
// Not for: authentication and faults, which come before it (sandbox.cpp).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/server.hpp"
#include "sandbox/http.hpp"
#include "sandbox/store.hpp"

namespace kolega::sandbox {

/// What an answer needs that takes time: `work` runs without the lock on the store, `answer` with it afterwards.
struct Later {
  std::function<void()> work{};
  std::function<net::ServerResponse(Store&, Moment)> answer{};
};

/// One request that found its route and may use it. The store is locked while a handler runs, so none may block.
struct Call {
  Store& store;
  Moment now{};
  const net::ServerRequest& request;
  const Target& target;
  std::vector<std::string> path{};                     ///< values of the pattern's braces, in order
  std::function<void(const BatchRecord&)> start_feed{};
  std::function<void(const FixRecord&)> start_fixer{};
  Later later{};                                       ///< empty: the handler's answer is the answer
};

struct Route {
  std::string_view method{};
  std::string_view pattern{};                          ///< "/api/v1/repositories/{repository_id}"
  std::string_view scope{};                            ///< empty: every key may
  net::ServerResponse (*handler)(Call&){};
};

std::span<const Route> routes();
/// "GET /api/v1/me"
std::string describe(const Route& route);

struct RouteMatch {
  const Route* route{};                                ///< nothing when no row has this path and method
  std::vector<std::string> path{};
  std::vector<std::string> allowed{};                  ///< the methods of the rows with this path
};
RouteMatch match_route(std::string_view method, const std::vector<std::string>& segments);

}  // namespace kolega::sandbox
