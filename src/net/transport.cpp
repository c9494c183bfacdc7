#include "net/transport.hpp"

#include "base/text.hpp"
#include "net/server.hpp"
#include "net/step_limit.hpp"

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;

ErrorKind kind_of(Fault fault) {
  switch (fault) {
    case Fault::resolve:
    case Fault::connect:
    case Fault::tls:
    case Fault::proxy:
    case Fault::send:
    case Fault::receive:
      return ErrorKind::network;
    case Fault::protocol:
    case Fault::too_large:
      return ErrorKind::api;
    case Fault::deadline:
      return ErrorKind::timeout;
    case Fault::stopped:
      return ErrorKind::interrupted;
  }
  return ErrorKind::internal;
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (iequals_ascii(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace

TransportError::TransportError(Fault fault, bool maybe_sent, std::string message, std::string hint)
    : Error(kind_of(fault), std::move(message), std::move(hint)),
      fault_(fault),
      maybe_sent_(maybe_sent),
      transient_(kind_of(fault) == ErrorKind::network) {}

StepLimit step_limit(const Wait& wait, Duration patience) {
  constexpr Duration shortest{1000};
  const auto now = std::chrono::steady_clock::now();
  const sys::SteadyTime::duration half = (wait.deadline - now) / 2;
  return {wait, now + std::min<sys::SteadyTime::duration>(
                          patience, std::max<sys::SteadyTime::duration>(shortest, half))};
}

TransportError step_ended(const StepLimit& limit, Fault fault, bool maybe_sent, std::string why) {
  if (limit.wait.stop.stop_requested()) return {Fault::stopped, maybe_sent, "interrupted"};
  if (limit.wait.deadline > limit.own) return {fault, maybe_sent, std::move(why)};
  return {Fault::deadline, maybe_sent, "the time limit ended", "allow more time with --timeout"};
}

std::optional<std::string_view> Response::header(std::string_view name) const {
  return find_header(headers, name);
}

std::optional<std::string_view> ServerRequest::header(std::string_view name) const {
  return find_header(headers, name);
}

}  // namespace kolega::net
