// When and after what wait a request is repeated: pure rules, no clock.
// Not for: doing it (retry.cpp).
#pragma once

#include <optional>
#include <string_view>

#include "net/transport.hpp"

namespace kolega::net {

/// curl's list for --retry: 408, 429, 500, 502, 503, 504. Not 501.
bool is_transient_status(int status);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7); nothing for anything else.
std::optional<Instant> parse_http_date(std::string_view text);

/// What the answer's Retry-After asks for, never negative; nothing when absent or unreadable. A date counts
/// from the answer's own Date where there is one, so that a server's wrong clock does no harm. Overflow is
/// the longest Duration.
std::optional<Duration> asked_wait(const Response& response, Instant now);

/// Full jitter (AWS): random x min(cap, base x 2^repeat). `random` in [0, 1), `repeat` from 0.
Duration backoff(int repeat, const RetryOptions& options, double random);

}  // namespace kolega::net
