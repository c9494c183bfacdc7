// What an answer that is not 2xx means: the one place that turns HTTP statuses and error bodies into Errors.
// Not for: requests without an answer (net::TransportError).
#pragma once

#include <optional>
#include <string>

#include "api/client.hpp"

namespace kolega::api {

/// Which call failed, and what is known that helps to say why.
struct FailedCall {
  std::string what{};  ///< "reading the quota"
  std::string method{};
  std::string target{};
  std::optional<Instant> quota_period_end{};  ///< when a quota starts anew, where it was read
};

/// Throws QuotaError or HttpError. The body is hostile text: it is cut and shown printable.
[[noreturn]] void throw_http_error(const net::Response& answer, const FailedCall& call);

}  // namespace kolega::api
