// What people see of scans that run: one live line on a terminal, sparse lines in a log. It also remembers
// the batches, so that an interrupted run can say how to attach to them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/scan_runner.hpp"
#include "cli/printer.hpp"

namespace kolega::cli {

class Progress {
 public:
  explicit Progress(Printer& printer) : printer_(printer) {}
  void on(const api::ProgressEvent& event);

  /// As they were last seen, in the order of their start.
  const std::vector<ScanBatch>& batches() const noexcept { return seen_; }

 private:
  struct Shown {
    std::string phrase{};  ///< "semgrep_scan scanning 42%"
    std::string state{};   ///< what makes a new line in a log
    Duration at{};
    bool finished{};
  };
  void remember(const ScanBatch& batch);
  void show_live();
  void show_in_log(const api::ProgressEvent& event, Shown& shown, const std::string& state);

  Printer& printer_;
  std::vector<ScanBatch> seen_{};
  std::map<std::string, Shown> shown_{};
};

/// "kolega-gate run --repository ID --scan-id B": how to go on with batches that still run.
std::string attach_command(const std::string& repository_id, const std::vector<ScanBatch>& batches);

}  // namespace kolega::cli
