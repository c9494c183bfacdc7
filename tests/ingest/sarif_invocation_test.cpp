#include "ingest/sarif_invocation.hpp"

#include <doctest/doctest.h>

#include "ingest/foreign_read.hpp"

using namespace kolega;
using namespace kolega::test;

TEST_CASE("a file that says anything but success is not complete") {
  const auto run = [](const std::string& more, const std::string& before = "") {
    return read(R"({"version":"2.1.0",)" + before + R"("runs":[{"tool":{"driver":{"name":"T"}},"results":[],)" + more + "}]}");
  };
  const std::string no_answer = "the file does not say whether the tool succeeded";
  for (const std::string value : {R"("false")", "null", "0", "{}", "[]"}) {
    CAPTURE(value);
    CHECK_FALSE(run(R"("invocations":[{"executionSuccessful":)" + value + "}]")->scan().batch.shortcomings.empty());
  }
  CHECK(run(R"("invocations":{"executionSuccessful":false})")->lacks(no_answer));
  CHECK(run(R"("invocations":[null])")->lacks(no_answer));
  CHECK(run(R"("invocations":"no")")->lacks(no_answer));
  const std::string success = R"("invocations":[{"executionSuccessful":true,)";
  CHECK(run(success + R"("exitSignalName":"SIGKILL"}])")->lacks("ended by a signal (SIGKILL)"));
  CHECK(run(success + R"("exitSignalNumber":9}])")->lacks("ended by a signal (9)"));
  CHECK(run(success + R"("processStartFailureMessage":"no such file"}])")->lacks("could not be started: no such file"));
  CHECK(run(success + R"("exitSignalName":"","exitSignalNumber":0,"processStartFailureMessage":null}])")
            ->scan()
            .batch.shortcomings.empty());
  CHECK(run(R"("invocations":null)")->scan().batch.shortcomings.empty());
  const std::string inlined = R"("inlineExternalProperties":[{"results":[{"ruleId":"a","message":{"text":"m"}}]}],)";
  CHECK(run(R"("columnKind":"utf16CodeUnits")", inlined)->lacks("results in inlineExternalProperties"));
  CHECK(run(R"("columnKind":"utf16CodeUnits")", R"("inlineExternalProperties":[{"results":[]}],)")->scan().batch.shortcomings.empty());
  CHECK(run(R"("columnKind":"utf16CodeUnits")", R"("inlineExternalProperties":null,)")->scan().batch.shortcomings.empty());
}
