#include "cli/gap.hpp"

#include "net/transport.hpp"

namespace kolega::cli {

Cause cause_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::auth:
    case ErrorKind::not_found:
      return Cause::auth;
    case ErrorKind::usage:
    case ErrorKind::policy:
    case ErrorKind::input:
    case ErrorKind::output:
    case ErrorKind::policy_test:
    case ErrorKind::internal:
      return Cause::usage;
    case ErrorKind::quota:
      return Cause::quota;
    case ErrorKind::network:
    case ErrorKind::api:
      return Cause::api;
    case ErrorKind::timeout:
      return Cause::timeout;
    case ErrorKind::context:
      return Cause::context;
    case ErrorKind::interrupted:
      return Cause::interrupted;
  }
  return Cause::usage;
}

bool is_softenable(const Error& error) {
  const auto* transport = dynamic_cast<const net::TransportError*>(&error);
  if (transport && transport->fault() == net::TransportError::Fault::tls && !transport->transient())
    return false;
  switch (cause_of(error)) {
    case Cause::quota:
    case Cause::api:
    case Cause::timeout:
    case Cause::context:
      return true;
    case Cause::auth:
    case Cause::usage:
    case Cause::interrupted:
    case Cause::failed:
    case Cause::partial:
      return false;
  }
  return false;
}

Gap gap_of(const Error& error) {
  return {.cause = cause_of(error),
          .detail = error.message(),
          .hint = error.hint(),
          .softenable = is_softenable(error)};
}

}  // namespace kolega::cli
