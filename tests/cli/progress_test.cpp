#include "cli/progress.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "support/cli_run.hpp"

using namespace kolega;
using api::ProgressEvent;
using namespace std::chrono_literals;

namespace {

class Stage {
 public:
  explicit Stage(bool terminal) {
    system_ = fake_.system();
    system_.terminal = terminal;
    printer_.emplace(sys::Streams{out_, err_, in_}, system_, cli::Arguments{});
    progress_.emplace(*printer_);
    batch_.id = "b1";
    batch_.type = ScanType::semgrep_scan;
  }
  void on(ProgressEvent::Kind kind, const std::string& status, Duration elapsed, double percent = 0,
          std::optional<Duration> eta = {}) {
    batch_.status = status;
    progress_->on({.kind = kind, .batch = &batch_, .percent = percent, .elapsed = elapsed, .eta = eta});
  }
  std::string said() {
    auto text = err_.str();
    err_.str("");
    return text;
  }
  ScanBatch batch_{};
  std::optional<cli::Progress> progress_{};

 private:
  test::FakeSystem fake_;
  sys::System system_{};
  std::ostringstream out_{};
  std::ostringstream err_{};
  std::istringstream in_{};
  std::optional<cli::Printer> printer_{};
};

}  // namespace

TEST_CASE("a log gets the start, changes of state, a sign of life every 30 s, and the end") {
  Stage stage(false);
  stage.on(ProgressEvent::Kind::started, "queued", 0s);
  CHECK(stage.said() == "semgrep_scan batch b1: started\n");
  stage.on(ProgressEvent::Kind::polled, "queued", 1s);
  CHECK(stage.said() == "semgrep_scan queued 0%, 1.0s\n");
  for (int i = 2; i < 31; ++i) stage.on(ProgressEvent::Kind::polled, "queued", std::chrono::seconds(i), i);
  CHECK(stage.said().empty());
  stage.on(ProgressEvent::Kind::polled, "queued", 31s, 40, 50s);
  CHECK(stage.said() == "semgrep_scan queued 40%, 31s, about 50s left\n");
  stage.batch_.repositories = {{.name = "octo/demo", .status = "running"}};
  stage.on(ProgressEvent::Kind::polled, "scanning", 32s, 50);
  CHECK(stage.said() == "semgrep_scan scanning 50%, 32s (octo/demo running)\n");
  stage.on(ProgressEvent::Kind::finished, "completed", 40s);
  CHECK(stage.said() == "semgrep_scan batch b1: completed after 40s\n");
}

TEST_CASE("a terminal gets one line that is written over") {
  Stage stage(true);
  stage.on(ProgressEvent::Kind::polled, "scanning", 5s, 42.7);
  CHECK(stage.said() == "\r\x1b[Ksemgrep_scan scanning 42%, 5.0s");
  stage.on(ProgressEvent::Kind::finished, "completed", 9s);
  CHECK(stage.said() == "\r\x1b[Ksemgrep_scan batch b1: completed after 9.0s\n");
}

TEST_CASE("whatever the server says is shown sanely") {
  Stage stage(false);
  const auto percent = [&](double value) {
    static int second = 0;
    stage.on(ProgressEvent::Kind::polled, "state" + std::to_string(++second), 1s, value);
    const auto text = stage.said();
    return text.substr(0, text.find('%')).substr(text.find_last_of(' ', text.find('%')) + 1);
  };
  CHECK(percent(-5) == "0");
  CHECK(percent(250) == "100");
  CHECK(percent(1e308) == "100");
  CHECK(percent(std::numeric_limits<double>::quiet_NaN()) == "0");
  stage.batch_.repositories = {{.name = "x\n::error::y", .status = "\x1b[2J"}};
  stage.on(ProgressEvent::Kind::polled, "scanning", 2s);
  const auto text = stage.said();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("the batches that were seen make the command that attaches to them") {
  Stage stage(false);
  stage.on(ProgressEvent::Kind::started, "queued", 0s);
  stage.on(ProgressEvent::Kind::polled, "scanning", 1s);
  stage.batch_.id = "b2";
  stage.on(ProgressEvent::Kind::attached, "scanning", 1s);
  stage.batch_.id = "";
  stage.on(ProgressEvent::Kind::finished, "", 1s);
  REQUIRE(stage.progress_->batches().size() == 2);
  CHECK(stage.progress_->batches().front().status == "scanning");
  CHECK(cli::attach_command("repo-1", stage.progress_->batches()) ==
        "kolega-gate run --repository repo-1 --scan-id b1 --scan-id b2");
}
