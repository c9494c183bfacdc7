// The summaries of a fleet: -o of `fleet`, `fleet merge` and `fleet report`, opened before anything is asked and put in
// place together. Not for: the reports of one record (reports.hpp), which each lie in the folder as a record.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/printer.hpp"
#include "fleet/formats.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

/// --output, --sarif-profile
std::vector<Option> fleet_report_options();

struct FleetOutput {
  const fleet::Format* format{};
  std::string path{};  ///< "-" is standard output
};
/// Throws Error(usage) for an unknown format, for two outputs to standard output and for SARIF on it.
std::vector<FleetOutput> parse_fleet_outputs(const std::vector<std::string>& given);

class FleetReports {
 public:
  /// Throws Error(output) for a target that cannot be written. Whatever ends the run before the summaries are in
  /// place, those of an earlier run go.
  FleetReports(std::vector<FleetOutput> outputs, report::SarifProfile profile);

  /// Files first, the parts of SARIF before the others; then standard output; then the table on standard error. The exit
  /// code: that of the summary, or of what could not be written where that is stricter. Throws Error(output) where the summary's is 0.
  int write(const fleet::Fleet& fleet, const fleet::Summary& summary, const sys::Streams& streams, Printer& printer);

 private:
  struct File {
    const fleet::Format* format{};
    std::ostream* stream{};
  };
  void expect(const FleetOutput& output);

  std::optional<sys::OutputSet> set_;
  std::vector<File> files_;
  std::vector<std::string> sarif_;
  const fleet::Format* to_stdout_{};
  bool table_asked_{};
  report::SarifProfile profile_{};
};

}  // namespace kolega::cli
