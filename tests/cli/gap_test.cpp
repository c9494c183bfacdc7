#include "cli/gap.hpp"

#include <doctest/doctest.h>

#include "net/transport.hpp"

using namespace kolega;
using net::TransportError;

TEST_CASE("only the causes that on_incomplete names may be softened") {
  for (const auto kind :
       {ErrorKind::quota, ErrorKind::network, ErrorKind::api, ErrorKind::timeout, ErrorKind::context}) {
    CHECK(cli::is_softenable(Error(kind, "x")));
  }
  for (const auto kind :
       {ErrorKind::usage, ErrorKind::policy, ErrorKind::input, ErrorKind::output, ErrorKind::auth,
        ErrorKind::not_found, ErrorKind::interrupted, ErrorKind::internal, ErrorKind::policy_test}) {
    CHECK_FALSE(cli::is_softenable(Error(kind, "x")));
  }
}

TEST_CASE("a certificate fault may not be softened, a reset connection may") {
  CHECK(cli::is_softenable(TransportError(TransportError::Fault::receive, true, "reset")));
  auto fault = TransportError(TransportError::Fault::tls, false, "the certificate has expired");
  fault.never_retry();
  CHECK_FALSE(cli::is_softenable(fault));
  const auto gap = cli::gap_of(fault);
  CHECK(gap.cause == Cause::api);
  CHECK_FALSE(gap.softenable);
  CHECK(gap.detail == "the certificate has expired");
}
