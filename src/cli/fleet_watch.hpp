// What people see while a fleet runs: one live line on a terminal, else a line now and then, and one for each
// repository that is not proven. Not for: the summary (fleet_reports.hpp).
#pragma once

#include "cli/printer.hpp"
#include "fleet/fleet_run.hpp"

namespace kolega::cli {

class FleetWatch {
 public:
  explicit FleetWatch(Printer& printer) : printer_(printer) {}
  void on(const fleet::Progress& progress);
  void on(const fleet::Result& result);
  /// A note of the work; the same one only now and then, since thousands of repositories may meet the same trouble.
  void note(const std::string& text);

 private:
  std::string phrase_of(const fleet::Progress& progress) const;

  Printer& printer_;
  std::size_t broken_{};
  std::size_t unproven_{};
  Duration last_line_{};
  std::size_t last_ended_{};
  std::size_t notes_{};
};

}  // namespace kolega::cli
