#include "gate/grade.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "support/inputs.hpp"

using namespace kolega;
using gate::Grade;

namespace {

struct Case {
  const char* name;
  std::function<void(ScanBatch&)> change;
  Grade grade;
  std::string reason;  ///< a part of it
};

/// Every way in which a batch that looks finished is not whole. The policy language lists them under
/// "partial_failure".
const std::vector<Case> cases{
    {"complete", [](ScanBatch&) {}, Grade::complete, ""},
    {"succeeded counts as completed", [](ScanBatch& b) { b.status = "succeeded"; }, Grade::complete, ""},
    {"partial_failure", [](ScanBatch& b) { b.status = b.results_status = "partial_failure"; }, Grade::partial,
     "status is 'partial_failure'"},
    {"a status word nobody knows", [](ScanBatch& b) { b.status = b.results_status = "paused"; },
     Grade::partial, "'paused'"},
    {"empty status", [](ScanBatch& b) { b.status = b.results_status = ""; }, Grade::partial, "status is ''"},
    {"scans_failed", [](ScanBatch& b) { b.scans_failed = 1; }, Grade::partial, "1 scan failed"},
    {"scans_failed negative", [](ScanBatch& b) { b.scans_failed = -1; }, Grade::partial, "failed"},
    {"zero repositories", [](ScanBatch& b) { b.total_repositories = 0; }, Grade::partial, "no repository"},
    {"negative repositories", [](ScanBatch& b) { b.total_repositories = -3; }, Grade::partial,
     "no repository"},
    {"fewer created",
     [](ScanBatch& b) {
       b.total_repositories = 2;
       b.scans_completed = b.scans_assessed = 2;
     },
     Grade::partial, "only 1 of 2 scans were created"},
    {"fewer completed", [](ScanBatch& b) { b.total_repositories = b.scans_created = 2; }, Grade::partial,
     "only 1 of 2 scans completed"},
    {"fewer assessed", [](ScanBatch& b) { b.scans_assessed = 0; }, Grade::partial,
     "only 0 of 1 completed scans were assessed"},
    {"more findings announced", [](ScanBatch& b) { b.findings_count = 3; }, Grade::partial,
     "announce 3 findings but hold 0"},
    {"fewer findings announced", [](ScanBatch& b) { b.rows_received = 2; }, Grade::partial,
     "announce 0 findings but hold 2"},
    {"no count", [](ScanBatch& b) { b.findings_count.reset(); }, Grade::partial, "do not say how many"},
    {"results disagree", [](ScanBatch& b) { b.results_status = "scanning"; }, Grade::partial,
     "its results say 'scanning'"},
    {"repository failed",
     [](ScanBatch& b) {
       b.repositories[0].status = "failed";
       b.repositories[0].status_reason = "no access";
     },
     Grade::partial, "repository acme/app is failed: no access"},
    {"repository still running", [](ScanBatch& b) { b.repositories[0].status = "running"; }, Grade::partial,
     "is running"},
    {"repositories do not add up", [](ScanBatch& b) { b.repositories[0].findings_count = 5; }, Grade::partial,
     "report 5 findings"},
    {"repository counts cannot overflow",
     [](ScanBatch& b) {
       b.repositories[0].findings_count = INT64_MAX;
       b.repositories.push_back(b.repositories[0]);
     },
     Grade::partial, "report"},
    {"active finding missing from the results", [](ScanBatch& b) { b.join.unmatched_active = 1; },
     Grade::partial, "missing from its results"},
    {"shortcoming of a file", [](ScanBatch& b) { b.shortcomings = {"executionSuccessful is false"}; },
     Grade::partial, "executionSuccessful"},
    {"timeout", [](ScanBatch& b) { b.ending = BatchEnding::timeout; }, Grade::timeout, "still running"},
    {"quota",
     [](ScanBatch& b) {
       b.ending = BatchEnding::quota;
       b.ending_detail = "sast_scans is used up";
     },
     Grade::quota, "sast_scans"},
    {"api", [](ScanBatch& b) { b.ending = BatchEnding::api; }, Grade::api, "no usable answer"},
    {"failed",
     [](ScanBatch& b) {
       b.ending = BatchEnding::failed;
       b.status = "cancelled";
     },
     Grade::failed, "cancelled"},
    {"never started", [](ScanBatch& b) { b.ending = BatchEnding::not_started; }, Grade::failed,
     "never started"},
};

}  // namespace

TEST_CASE("a batch is complete only when everything says so") {
  for (const auto& c : cases) {
    CAPTURE(c.name);
    auto batch = test::complete_batch();
    c.change(batch);
    const auto verdict = gate::grade(batch);
    CHECK(gate::name_of(verdict.grade) == gate::name_of(c.grade));
    std::string all;
    for (const auto& reason : verdict.reasons) all += reason + "\n";
    CHECK(verdict.reasons.empty() == (c.grade == Grade::complete));
    CHECK_MESSAGE(all.find(c.reason) != std::string::npos, all);
  }
}

TEST_CASE("a file has no counters to check, but its own count and status hold") {
  ScanBatch batch;
  batch.origin = BatchOrigin::file;
  batch.status = "completed";
  batch.findings_count = batch.rows_received = 4;
  CHECK(gate::grade(batch).grade == Grade::complete);
  batch.findings_count = 5;
  CHECK(gate::grade(batch).grade == Grade::partial);
  batch.findings_count = 4;
  batch.status = "scanning";
  CHECK(gate::grade(batch).grade == Grade::partial);
}

TEST_CASE("every grade has its cause") {
  CHECK(gate::cause_of(Grade::partial) == Cause::partial);
  CHECK(gate::cause_of(Grade::failed) == Cause::failed);
  CHECK(gate::cause_of(Grade::timeout) == Cause::timeout);
  CHECK(gate::cause_of(Grade::quota) == Cause::quota);
  CHECK(gate::cause_of(Grade::api) == Cause::api);
}

TEST_CASE("a reason that the server's own message gives is not told again for the repository") {
  ScanBatch batch;
  batch.ending = BatchEnding::failed;
  batch.ending_detail = "the scan batch ended failed";
  batch.error_message = "acme/app: the clone failed";
  batch.repositories.push_back({.name = "acme/app", .status = "failed", .status_reason = "the clone failed"});
  batch.repositories.push_back({.name = "acme/web", .status = "failed", .status_reason = "no access"});
  const std::vector<std::string> once{"the scan batch ended failed", "acme/app: the clone failed",
                                      "repository acme/web: no access"};
  CHECK((gate::grade(batch).reasons == once));
}
