// One thread, epoll, keep-alive, HTTP or TLS: carries requests to the World and its answers back after their latency.
#pragma once

#include <atomic>
#include <cstdint>

#include "world.hpp"

namespace bench {

/// Serves until `stop` is set (by a signal). Prints one line with the address to stdout once it listens.
/// Throws std::runtime_error.
void serve(World& world, const Options& options, const std::atomic<bool>& stop);

}  // namespace bench
