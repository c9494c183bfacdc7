// What the headers of an answer say about the rate: Retry-After, X-RateLimit-*, RateLimit-* (also the fields of
// draft-ietf-httpapi-ratelimit-headers: "limit=100, remaining=5, reset=7" and "\"name\";r=5;t=7").
#pragma once

#include "fleet/rate_limiter.hpp"
#include "net/transport.hpp"

namespace kolega::fleet {

/// `now` is used for times that the server gives as dates when the answer has no Date of its own. What cannot be
/// understood is as if it were not there.
RateWord read_rate_word(const net::Response& answer, Instant now);

}  // namespace kolega::fleet
