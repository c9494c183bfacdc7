#include "cli/exit_code.hpp"

#include <doctest/doctest.h>

#include "gate/proof_error.hpp"

using namespace kolega;
using gate::Outcome;

namespace {

gate::DecisionRecord record_of(Outcome outcome, const std::vector<std::pair<Cause, bool>>& causes = {}) {
  gate::DecisionRecord record;
  record.verdict.outcome = outcome;
  for (const auto& [cause, allowed] : causes)
    record.verdict.incomplete.push_back({.cause = cause, .allowed = allowed});
  return record;
}

int code_of(const std::vector<std::pair<Cause, bool>>& causes) {
  return cli::exit_code(record_of(Outcome::incomplete, causes));
}

}  // namespace

TEST_CASE("each kind of error has the code of the table") {
  const std::vector<std::pair<ErrorKind, int>> rows{
      {ErrorKind::usage, 2},     {ErrorKind::policy, 2},       {ErrorKind::input, 2},
      {ErrorKind::output, 2},    {ErrorKind::auth, 4},         {ErrorKind::not_found, 4},
      {ErrorKind::quota, 3},     {ErrorKind::network, 5},      {ErrorKind::api, 5},
      {ErrorKind::timeout, 7},   {ErrorKind::context, 6},      {ErrorKind::policy_test, 8},
      {ErrorKind::internal, 70}, {ErrorKind::interrupted, 130}};
  for (const auto& [kind, code] : rows) CHECK(cli::exit_code(Error(kind, "x")) == code);
  CHECK(cli::exit_code(gate::ProofError("x")) == 9);
  CHECK(cli::exit_code(Error(ErrorKind::interrupted, "x").with_signal(15)) == 143);
  CHECK(cli::exit_code(Error(ErrorKind::interrupted, "x").with_signal(1)) == 129);
}

TEST_CASE("verdicts: only these end with 0") {
  for (const auto outcome : {Outcome::pass, Outcome::warn, Outcome::allowed_incomplete, Outcome::bypassed}) {
    CHECK(cli::exit_code(record_of(outcome)) == 0);
  }
  CHECK(cli::exit_code(record_of(Outcome::fail)) == 1);
  CHECK(cli::exit_code(record_of(Outcome::fail, {{Cause::auth, false}})) == 1);
  CHECK(cli::exit_code(record_of(Outcome::incomplete)) == 6);
}

TEST_CASE("several causes: 4, 2, 3, 5, 7, 6, and what the policy allows does not count") {
  const std::vector<std::pair<Cause, int>> in_order{
      {Cause::auth, 4},    {Cause::usage, 2},  {Cause::quota, 3},   {Cause::api, 5},
      {Cause::timeout, 7}, {Cause::failed, 6}, {Cause::partial, 6}, {Cause::context, 6}};
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    CHECK(code_of({{in_order[i].first, false}}) == in_order[i].second);
    for (std::size_t j = i; j < in_order.size(); ++j) {
      CHECK(code_of({{in_order[j].first, false}, {in_order[i].first, false}}) == in_order[i].second);
    }
  }
  CHECK(code_of({{Cause::quota, true}, {Cause::partial, false}}) == 6);
  CHECK(code_of({{Cause::quota, true}}) == 6);
}

TEST_CASE("of two codes the one further in front of the order is told; a signal and a bug stand above it") {
  CHECK(cli::stricter(0, 2) == 2);
  CHECK(cli::stricter(1, 2) == 1);
  CHECK(cli::stricter(4, 2) == 4);
  CHECK(cli::stricter(6, 2) == 2);
  CHECK(cli::stricter(7, 3) == 3);
  CHECK(cli::stricter(143, 2) == 143);
  CHECK(cli::stricter(2, 70) == 70);
  CHECK(cli::stricter(0, 0) == 0);
}
